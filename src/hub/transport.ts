/**
 * The smallest socket that a connection needs; each runtime fits its own to it.
 *
 * - No member MUST throw, whatever state the socket is in.
 * - `send` MUST keep the order of its calls, and MUST NOT drop a text while the socket is open.
 * - `close` MUST be harmless after the socket has closed.
 */
export interface Transport {
  /** Queues one text frame. */
  send(text: string): void;
  /**
   * Starts the closing handshake.
   * @param reason At most 123 bytes of UTF-8 (RFC 6455, section 5.5).
   */
  close(code: number, reason: string): void;
  /** Drops the socket without a handshake, where `canTerminate`; otherwise does nothing. */
  terminate(): void;
  readonly canTerminate: boolean;
  /** Sends a ping, where `canPing`; otherwise does nothing. */
  ping(): void;
  /**
   * True where the pong is told as a frame of the peer. Where it is not, the platform itself MUST end a socket whose
   * peer answers nothing.
   */
  readonly canPing: boolean;
  /** Leaves what the peer sends in the kernels' hands, until `resume`; where the platform cannot, it does nothing. */
  pause(): void;
  resume(): void;
  /** Bytes accepted by `send` that the process still holds. */
  unsentBytes(): number;
}
