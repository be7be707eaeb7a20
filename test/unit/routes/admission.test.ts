import { describe, expect, test } from "bun:test";
import { Admission, type Place } from "../../../src/routes/admission.ts";
import { ManualClock } from "../../../src/testing/manual-clock.ts";

const OPENING_MS = 10_000;

function admission(connections: number, connections_per_user: number, unauthenticated = 1) {
  const clock = new ManualClock();
  const door = new Admission({ connections, connections_per_user, unauthenticated }, clock);
  const enter = (): Place => {
    const place = door.enter();
    if (!place) throw new Error("there is no place left");
    return place;
  };
  return { clock, door, enter };
}

describe("connections of the process", () => {
  test("are taken to the limit, and not past it", () => {
    const { door, enter } = admission(2, 9);
    const places = [enter(), enter()];
    expect(door.enter()).toBeUndefined();
    places[0]?.leave();
    places[0]?.leave();
    enter();
    expect(door.enter()).toBeUndefined();
  });

  test("count until the socket is closed, open or not", () => {
    const { clock, door, enter } = admission(1, 1);
    const place = enter();
    place.assign("alex", 0);
    place.opened();
    clock.advance(100 * OPENING_MS);
    expect([door.enter(), clock.timers]).toEqual([undefined, 0]);
    place.leave();
    enter();
  });
});

describe("connections of a user", () => {
  test("on their way count beside those that are open", () => {
    const { enter } = admission(100, 3);
    const first = enter();
    expect([first.assign("alex", 1), enter().assign("alex", 1), enter().assign("alex", 1)]).toEqual([
      true,
      true,
      false,
    ]);
    // Now it is the hub that counts it.
    first.opened();
    expect([enter().assign("alex", 2), enter().assign("kim", 2), enter().assign("kim", 2)]).toEqual([
      false,
      true,
      false,
    ]);
  });

  test("that never arrive give the user's place back at once when they leave", () => {
    const { clock, enter } = admission(100, 1);
    const place = enter();
    place.assign("alex", 0);
    place.leave();
    place.leave();
    expect([enter().assign("alex", 0), enter().assign("alex", 0), clock.timers]).toEqual([true, false, 1]);
  });

  test("are those of a name, whatever objects have", () => {
    const { enter } = admission(100, 1);
    for (const name of ["__proto__", "constructor", "toString"])
      expect([enter().assign(name, 0), enter().assign(name, 0)]).toEqual([true, false]);
  });
});

describe("a socket that never opens", () => {
  test("gives its place back after ten seconds", () => {
    const { clock, door, enter } = admission(1, 1);
    enter().assign("alex", 0);
    clock.advance(OPENING_MS - 1);
    expect(door.enter()).toBeUndefined();
    clock.advance(1);
    expect(enter().assign("alex", 0)).toBe(true);
  });

  test("counts again where it opens after all", () => {
    const { clock, door, enter } = admission(1, 1);
    const place = enter();
    place.assign("alex", 0);
    clock.advance(OPENING_MS);
    place.opened();
    expect(door.enter()).toBeUndefined();
    place.leave();
    expect(enter().assign("alex", 0)).toBe(true);
  });
});

describe("connections that have not signed in", () => {
  test("are taken to the limit, and not past it", () => {
    const { enter } = admission(9, 9, 2);
    const places = [enter(), enter(), enter()];
    expect(places.map((place) => place.awaitSignIn())).toEqual([true, true, false]);
    places[0]?.leave();
    expect([enter().awaitSignIn(), enter().awaitSignIn()]).toEqual([true, false]);
  });

  test("count until they sign in, and as their user's from then on", () => {
    const { clock, enter } = admission(9, 1);
    const place = enter();
    place.awaitSignIn();
    place.opened();
    clock.advance(100 * OPENING_MS);
    expect([enter().awaitSignIn(), clock.timers]).toEqual([false, 0]);
    expect([place.assign("alex", 0), enter().assign("alex", 0), enter().awaitSignIn()]).toEqual([
      true,
      false,
      true,
    ]);
    place.opened();
    expect(enter().assign("alex", 1)).toBe(false);
  });

  test("that may not sign in still count", () => {
    const { enter } = admission(9, 1);
    const place = enter();
    place.awaitSignIn();
    place.opened();
    expect([place.assign("alex", 1), enter().awaitSignIn()]).toEqual([false, false]);
  });

  test("whose socket never opens give the place back after ten seconds, and count if it opens after all", () => {
    const { clock, enter } = admission(9, 9);
    const place = enter();
    place.awaitSignIn();
    clock.advance(OPENING_MS);
    const other = enter();
    expect(other.awaitSignIn()).toBe(true);
    other.leave();
    place.opened();
    expect(enter().awaitSignIn()).toBe(false);
    place.leave();
    expect(enter().awaitSignIn()).toBe(true);
  });
});
