import { expect, test } from "bun:test";
import { BOOK_SIZE, TopicBook } from "../../../src/dashboard/topic-book.ts";
import { isSort, ordered, pressed, type Sort } from "../../../src/dashboard/topic-order.ts";

function bookOf(topics: readonly string[]): TopicBook {
  const book = new TopicBook();
  for (const [index, topic] of topics.entries()) book.heard(topic, "message", index, 1000 * index);
  return book;
}

test("it knows of each topic how often it was heard, and what was last", () => {
  const book = bookOf(["a", "b", "a"]);
  expect(book.get("a")).toMatchObject({ total: 2, data: 2, seenAt: 2000, subscribers: undefined });
  expect([book.size, book.total]).toEqual([2, 3]);
});

test("a topic is live for a minute", () => {
  const book = bookOf(["a", "b"]);
  expect([book.live(1000), book.live(60_500), book.live(61_000)]).toEqual([2, 1, 0]);
});

test("past its size the topic goes that was heard longest ago", () => {
  const book = bookOf(Array.from({ length: BOOK_SIZE }, (_, index) => `t${index}`));
  book.heard("t0", "message", 0, 1e9);
  book.heard("new", "message", 0, 1e9);
  expect(book.size).toBe(BOOK_SIZE);
  expect([book.get("t0")?.total, book.get("t1"), book.get("new")?.total]).toEqual([2, undefined, 1]);
});

test("of topics that nobody names any more it is not known who is subscribed", () => {
  const book = bookOf(["a"]);
  book.setSubscribers(new Map(Object.entries({ a: 2, quiet: 1 })));
  expect([book.get("a")?.subscribers, book.get("quiet")]).toMatchObject([2, { subscribers: 1, total: 0 }]);
  book.setSubscribers(new Map());
  expect([book.get("a")?.subscribers, book.get("quiet")?.subscribers]).toEqual([undefined, undefined]);
});

test("lines come in any order that is asked for, those alike by name", () => {
  const book = bookOf(["b", "a", "c", "c"]);
  book.setSubscribers(new Map(Object.entries({ b: 3, c: 1 })));
  const sorted = (sort: Sort, isAscending: boolean) =>
    ordered(book.lines(), { sort, isAscending }, 4000)
      .map(({ topic }) => topic)
      .join("");
  expect([sorted("topic", true), sorted("topic", false)]).toEqual(["abc", "cba"]);
  expect([sorted("total", false), sorted("total", true)]).toEqual(["cab", "abc"]);
  expect([sorted("rate", false), sorted("subscribers", false), sorted("seen", false)]).toEqual([
    ...["cab", "bca", "cab"],
  ]);
});

test("a column's head turns the order round, or begins with what one wants to see first", () => {
  const byRate = pressed({ sort: "topic", isAscending: true }, "rate");
  expect(byRate).toEqual({ sort: "rate", isAscending: false });
  expect(pressed(byRate, "rate")).toEqual({ sort: "rate", isAscending: true });
  expect(pressed(byRate, "topic")).toEqual({ sort: "topic", isAscending: true });
  expect([isSort("seen"), isSort("toString"), isSort(undefined)]).toEqual([true, false, false]);
});
