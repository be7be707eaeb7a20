import { expect, test } from "bun:test";
import { readSample, serverOf } from "../../../src/dashboard/sample.ts";
import { Series } from "../../../src/dashboard/series.ts";
import { areaPath, sparkPath } from "../../../src/dashboard/spark.ts";

test("a sample has figures, or says why not", () => {
  const info = { pid: 12, cpu_percent: 15.2, memory_mb: 256.5, uptime: "0:10:30" };
  expect(readSample({ status: "success", process_info: info })).toEqual({
    figures: { pid: 12, cpu: 15.2, memory: 256.5, uptime: "0:10:30" },
    message: undefined,
  });
  expect(readSample({ status: "success", process_info: null, message: "it is not running" })).toEqual({
    figures: null,
    message: "it is not running",
  });
});

test("what anybody else publishes there is no sample", () => {
  const strange = [null, 5, "x", [], {}, { process_info: 5 }, { process_info: {} }];
  for (const data of [...strange, { process_info: { cpu_percent: "1", memory_mb: 1 } }])
    expect(readSample(data)).toBeUndefined();
});

test("a topic of samples names its server", () => {
  expect([serverOf("resource-monitor:a:b"), serverOf("event:a")]).toEqual(["a:b", undefined]);
});

test("a series goes on in time, has gaps where nothing came, and is bounded", () => {
  const series = new Series();
  const figures = { cpu: 1, memory: 2 };
  series.add(1000, figures);
  series.add(3000, figures);
  series.add(3000, figures);
  series.add(2000, figures);
  expect(series.times).toEqual([1, 3]);
  series.add(60_000, figures);
  expect(series.times).toEqual([1, 3, 3.001, 60]);
  expect(series.cpu).toEqual([1, 1, null, 1]);
  series.add(62_000, null);
  expect([series.memory.at(-1), series.hasFigures]).toEqual([null, true]);
  for (let time = 64_000; time < 2_000_000; time += 2000) series.add(time, figures);
  expect([series.times.length, series.cpu.length, series.memory.length]).toEqual([450, 450, 450]);
  expect(series.times.at(-1)).toBe(1998);
});

test("nothing but nulls is no figure", () => {
  const series = new Series();
  series.add(1000, null);
  expect(series.hasFigures).toBe(false);
});

test("a small line fills its box, and lies on the floor where all is 0", () => {
  expect(sparkPath([0, 5, 10], 100, 20)).toBe("M0.0 19.0L50.0 11.5L100.0 4.0");
  expect(sparkPath([0, 0], 100, 20)).toBe("M0.0 19.0L100.0 19.0");
  expect(areaPath([1], 100, 20)).toBe("M0.0 4.0L100 20L0 20Z");
});
