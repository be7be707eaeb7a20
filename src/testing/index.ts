export type { Faults, TestConnection } from "./connection.ts";
export { ManualClock } from "./manual-clock.ts";
export type { TestMessage } from "./message.ts";
export { UpgradeRefusedError } from "./refused.ts";
export type { ClientData } from "./socket-link.ts";
export type { TestClient, TestClose, TestConnectOptions } from "./test-client.ts";
export {
  createTestNetwork,
  type TestApp,
  type TestNetwork,
  type TestWebSocketConstructor,
} from "./test-network.ts";
export { TestTransport } from "./test-transport.ts";
export type { TestCloseEvent, TestWebSocket } from "./test-web-socket.ts";
