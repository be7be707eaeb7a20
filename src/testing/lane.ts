interface Item {
  bytes: number;
  arrive: () => void;
}

/** One way of a connection: what is sent arrives in order, each in a turn of its own. */
export class Lane {
  #items: Item[] = [];
  #heldBytes = 0;
  #isHeld = false;
  #isLost = false;
  #isMoving = false;

  /** Sends something of so many bytes; `arrive` is called at the other end. */
  send(bytes: number, arrive: () => void): void {
    if (this.#isLost) return;
    this.#items.push({ bytes, arrive });
    this.#heldBytes += bytes;
    this.#move();
  }

  /** Has nothing arrive until `release`. */
  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
    this.#move();
  }

  /** Has what is on its way arrive now, unless it is held. */
  flush(): void {
    while (!this.#isHeld && this.#items.length > 0) this.#next();
  }

  /** Loses what is on its way and whatever is sent from now on. */
  lose(): void {
    this.#isLost = true;
    this.#items = [];
    this.#heldBytes = 0;
  }

  /** True where what is sent arrives. */
  get isFree(): boolean {
    return !this.#isHeld && !this.#isLost;
  }

  /** Bytes that nobody takes: what is on its way counts as taken, as by the kernels. */
  unsentBytes(): number {
    return this.#isHeld ? this.#heldBytes : 0;
  }

  #move(): void {
    if (this.#isMoving || this.#isHeld || this.#items.length === 0) return;
    this.#isMoving = true;
    queueMicrotask(() => {
      this.#isMoving = false;
      if (!this.#isHeld) this.#next();
      this.#move();
    });
  }

  #next(): void {
    const item = this.#items.shift();
    this.#heldBytes -= item?.bytes ?? 0;
    item?.arrive();
  }
}
