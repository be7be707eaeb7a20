import { describe, expect, test } from "bun:test";
import { Admission, type Place } from "../../../src/routes/admission.ts";
import { ManualClock } from "../../support/manual-clock.ts";

const OPENING_MS = 10_000;

function admission(connections: number, connections_per_user: number) {
  const clock = new ManualClock();
  const door = new Admission({ connections, connections_per_user }, clock);
  /** A place, which must be there. */
  const enter = (): Place => {
    const place = door.enter();
    if (!place) throw new Error("there was no place left");
    return place;
  };
  return { clock, door, enter };
}

describe("the limit of the process", () => {
  test("counts from the moment in which a connection is asked for", () => {
    const { door, enter } = admission(2, 10);
    const [first] = [enter(), enter()];
    expect(door.enter()).toBeUndefined();
    expect(door.enter()).toBeUndefined();
    first.leave();
    enter();
    expect(door.enter()).toBeUndefined();
  });

  test("gets a place back once, however often it is given back", () => {
    const { door, enter } = admission(2, 10);
    const [first] = [enter(), enter()];
    for (let at = 0; at < 5; at++) first.leave();
    enter();
    expect(door.enter()).toBeUndefined();
  });
});

describe("the limit of a user", () => {
  test("counts that user's connections only", () => {
    const { enter } = admission(100, 2);
    expect([enter(), enter(), enter()].map((place) => place.assign("alex"))).toEqual([true, true, false]);
    expect(enter().assign("kim")).toBe(true);
  });

  test("cannot be passed by asking for many at once", async () => {
    const { enter } = admission(100, 3);
    const results = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const place = enter();
        // The token is looked at in between.
        await Promise.resolve();
        return place.assign("alex");
      }),
    );
    expect(results.filter(Boolean)).toHaveLength(3);
  });

  test("gets a place back when a connection closes, and none for one that was refused", () => {
    const { enter } = admission(100, 1);
    const [held, refused] = [enter(), enter()];
    expect(held.assign("alex")).toBe(true);
    expect(refused.assign("alex")).toBe(false);
    refused.leave();
    expect(enter().assign("alex")).toBe(false);
    held.opened();
    held.leave();
    held.leave();
    expect(enter().assign("alex")).toBe(true);
    expect(enter().assign("alex")).toBe(false);
  });

  test("takes a name for a name, whatever objects have", () => {
    const { enter } = admission(100, 1);
    for (const name of ["__proto__", "constructor", "toString"])
      expect([enter().assign(name), enter().assign(name)]).toEqual([true, false]);
  });
});

describe("a socket that never opens", () => {
  test("gives its place back after ten seconds", () => {
    const { clock, door, enter } = admission(1, 1);
    enter().assign("alex");
    clock.advance(OPENING_MS - 1);
    expect(door.enter()).toBeUndefined();
    clock.advance(1);
    expect(enter().assign("alex")).toBe(true);
  });

  test("is not one that opened, which keeps its place", () => {
    const { clock, door, enter } = admission(1, 1);
    const place = enter();
    place.assign("alex");
    place.opened();
    expect(clock.timers).toBe(0);
    clock.advance(100 * OPENING_MS);
    expect(door.enter()).toBeUndefined();
    place.leave();
    expect(enter().assign("alex")).toBe(true);
  });

  test("and that is given up before leaves no timer, and gives one place back", () => {
    const { clock, door, enter } = admission(2, 2);
    const [first] = [enter(), enter()];
    first.assign("alex");
    first.leave();
    expect(clock.timers).toBe(0);
    clock.advance(OPENING_MS);
    enter();
    expect(door.enter()).toBeUndefined();
  });

  test("counts again where it opens after all", () => {
    const { clock, door, enter } = admission(1, 1);
    const place = enter();
    place.assign("alex");
    clock.advance(OPENING_MS);
    place.opened();
    expect(door.enter()).toBeUndefined();
    place.leave();
    expect(enter().assign("alex")).toBe(true);
  });
});
