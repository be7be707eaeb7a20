import type { ClientState, DirectMessage, Message } from "../client/index.ts";
import { Account } from "./account.ts";
import { Administration } from "./administration.ts";
import { onPress, part, setText } from "./dom.ts";
import { Feed } from "./feed.ts";
import type { FeedNote } from "./feed-buffer.ts";
import { FollowField } from "./follow-field.ts";
import { plural } from "./format.ts";
import { endingOf, LinkBar } from "./link-bar.ts";
import { logOf } from "./log-book.ts";
import { Logs } from "./logs.ts";
import { noteOn } from "./outage.ts";
import { People } from "./people.ts";
import { PublishForm } from "./publish.ts";
import { readSample, serverOf } from "./sample.ts";
import { Servers } from "./servers.ts";
import type { Session, SessionEvents } from "./session.ts";
import { Stats } from "./stats.ts";
import { readTask } from "./task.ts";
import { Tasks } from "./tasks.ts";
import { toTopic } from "./to-topic.ts";
import { TopicBook } from "./topic-book.ts";
import { TopicDetails } from "./topic-details.ts";
import { TopicsTable } from "./topics-table.ts";
import { type View, Views } from "./views.ts";

const SECOND_MS = 1000;

export interface DashboardEvents {
  signOut(): void;
  /** The session's connection ended before there ever was one: why. */
  refused(reason: string): void;
  /** Somebody wants to try again with the same token, after the connection ended for good. */
  again(): void;
}

/** Everything that one sees while signed in. */
export class Dashboard implements SessionEvents {
  readonly #book = new TopicBook();
  readonly #feed = new Feed();
  readonly #servers = new Servers();
  readonly #logs = new Logs();
  readonly #tasks = new Tasks();
  readonly #stats = new Stats();
  readonly #form = new PublishForm();
  readonly #people = new People(this.#form);
  readonly #follow = new FollowField((selectors) => this.#session?.follow(selectors));
  readonly #link = new LinkBar(() => this.#reconnect());
  readonly #views = new Views((view) => this.#shown(view));
  readonly #details = new TopicDetails({
    presence: async (topic) => (await this.#session?.hub.presence(topic))?.users ?? [],
    showOnly: (topic) => {
      this.#feed.showOnly(topic);
      this.#views.go("events");
    },
  });
  readonly #table = new TopicsTable(this.#book, (topic) =>
    this.#details.open(topic, this.#book.get(topic)?.data),
  );
  readonly #admin = new Administration({
    people: this.#people,
    table: this.#table,
    book: this.#book,
    views: this.#views,
  });
  readonly #events: DashboardEvents;
  readonly #account: Account;
  #session: Session | undefined;
  #wasOpen = false;
  #lostAt: number | undefined;

  constructor(events: DashboardEvents) {
    this.#events = events;
    this.#account = new Account(() => events.signOut());
    onPress("open-publish", () => {
      const topics = this.#book.lines().map(({ topic }) => topic);
      if (this.#session) this.#form.open(toTopic(this.#session.hub), topics);
    });
    setInterval(() => this.#tick(), SECOND_MS);
  }

  /** Shows a session, and nothing of any before. */
  start(session: Session): void {
    this.clear();
    this.#session = session;
    this.#account.start(session.content);
    this.#logs.start(async (topic, before) => {
      const { publications } = await session.hub.history(topic, { limit: 500 });
      const older = publications.filter(({ time }) => time < before());
      return older.flatMap(({ data }) => (typeof data === "string" ? [data] : []));
    });
    part("open-publish", HTMLElement).hidden = !session.mayPublish;
    this.#admin.start(session);
    this.state(session.hub.state);
    session.follow(this.#follow.start(session.content.subscribe ?? ["*"]));
    this.#views.start();
    this.#tick();
  }

  clear(): void {
    this.#session?.end();
    this.#session = undefined;
    this.#wasOpen = false;
    this.#lostAt = undefined;
    this.#form.close();
    for (const pane of [this.#book, this.#feed, this.#servers, this.#logs, this.#tasks, this.#admin])
      pane.clear();
  }

  recolor(): void {
    this.#servers.recolor();
  }

  forgetSelection(): void {
    this.#follow.forget();
  }

  state(state: ClientState): void {
    if (state.status === "closed") {
      this.#closed(endingOf(state));
      return;
    }
    if (state.status === "open") this.#wasOpen = true;
    if (state.status === "waiting") this.#lostAt ??= Date.now();
    this.#link.show(state);
    this.#account.show(state);
  }

  message = ({ topic, type, data, time }: Message): void => {
    this.#book.heard(topic, type, data, performance.now());
    this.#feed.add({ kind: "message", time, topic, type, data, isDirect: false });
    const server = serverOf(topic);
    const sample = server === undefined ? undefined : readSample(data);
    if (server !== undefined && sample) this.#servers.take(server, sample, time);
    if (logOf(topic) !== undefined && typeof data === "string") this.#logs.take(topic, data, time);
  };

  direct({ topic, type, data, time }: DirectMessage): void {
    this.#feed.add({ kind: "message", time, topic, type, data, isDirect: true });
    const task = type === "task_update" ? readTask(data) : undefined;
    if (topic !== undefined && task) this.#tasks.take(topic, task, time);
  }

  subscribed: SessionEvents["subscribed"] = (subscribed) => {
    const note = noteOn(subscribed, Date.now() - (this.#lostAt ?? Date.now()));
    // The subscriptions of one connection come back together: what is said of the time counts for all of them.
    setTimeout(() => {
      this.#lostAt = undefined;
    }, 0);
    if (note) this.#note(note);
  };

  refused: SessionEvents["refused"] = (selector, error) => {
    if (error.code === "closed" || this.#session?.hub.state.status === "closed") return;
    this.#follow.refused(selector, error.message);
    if (error.code === "position_lost" || error.code === "slow_consumer")
      this.#note({ kind: "break", text: `${selector} ended here: ${error.message}` });
  };

  gap: SessionEvents["gap"] = (topic, skipped) => {
    this.#note({
      kind: "remark",
      text: `${plural(skipped, "message")} of ${topic} left out: this reader was slow`,
    });
  };

  failed: SessionEvents["failed"] = (error) => {
    this.#note({ kind: "remark", text: error.message });
  };

  #note(note: FeedNote): void {
    this.#feed.add(note);
    if (note.kind === "break") this.#logs.addBreak(note.text);
  }

  #closed(reason: string): void {
    if (!this.#session) return;
    if (!this.#wasOpen) {
      this.#events.refused(reason);
      return;
    }
    this.#link.closed(reason);
    this.#note({ kind: "break", text: `The connection ended: ${reason}` });
  }

  #reconnect(): void {
    if (this.#session?.hub.state.status === "closed") this.#events.again();
    else this.#session?.hub.reconnect();
  }

  #tick(): void {
    if (!this.#session) return;
    this.#link.tick();
    if (document.visibilityState !== "visible") return;
    this.#admin.tick();
    this.#stats.paint(this.#book, this.#servers, this.#admin.isOffered ? this.#people : undefined);
    setText(part("tab-tasks-count", HTMLElement), this.#tasks.running > 0 ? String(this.#tasks.running) : "");
    if (this.#views.view !== "overview") return;
    this.#table.paint();
    this.#servers.paint();
  }

  #shown(view: View): void {
    if (!this.#session) return;
    if (view === "overview") this.#servers.paint();
    if (view === "overview") this.#table.paint();
    if (view === "logs") this.#showLogs();
    if (view === "connections") this.#people.paint();
    if (view === "connections" && !this.#admin.isOffered) this.#views.go("overview");
  }

  #showLogs(): void {
    // Of a server that is watched there may be a log as well, of which nothing came yet.
    for (const name of this.#servers.names) if (name !== "topichub") this.#logs.know(`server_log:${name}`);
    this.#logs.shown();
  }
}
