// What the alerts workflow knows, as data: it is the input of its next execution, so all of it is bounded.

import {
  type Accepted,
  type Alert,
  type AlertSettings,
  type Announcement,
  DEFAULT_ALERT_SETTINGS,
  type Mute,
  type Notice,
  type OpenLook,
} from '../../goals/wire/alerts.ts';
import { jsonBytes } from '../../goals/wire/ledger.ts';
import type { Unsettled } from './unsettled.ts';

/** After a message a goal is quiet until then. */
export interface Quiet {
  until: number;
  /** What happened meanwhile and no message told. */
  untold: number;
  /** By the rules of `book-by-goal.ts`: what is told when the quiet ends. */
  held: Notice | null;
}

export interface AlertsState {
  /** One for each queue of runs, the one that was announced last at the end. */
  announcements: Announcement[];
  /** From the oldest. */
  alerts: Alert[];
  /** Alerts that still gather goals, and until when. */
  gathering: { id: string; due: number }[];
  quiet: Record<string, Quiet>;
  mutes: Mute[];
  accepted: Accepted;
  /** Executions of which a notice came; of other kinds than `failed`, with the kind. */
  known: string[];
  /** Closed runs are accounted for until then. */
  sweptUntil: string;
  /** From the oldest. Absent by the rules of `book-by-goal.ts`. */
  unsettled?: Unsettled[];
  /** How far open runs were looked at. Absent before the first look. */
  open?: OpenLook;
}

const ANNOUNCEMENTS = 50;
const ALERTS_BYTES = 400_000;
const KNOWN = 5_000;
const QUIETS = 500;
const MUTES = 200;
const ACCEPTED = 300;
const UNSETTLED_BYTES = 250_000;

/** An alert whose goal is not reached for so long is closed: Temporal hardly keeps its runs any longer. */
const FORGOTTEN_MS = 30 * 24 * 3_600_000;

export const initialAlertsState = (now: number): AlertsState => ({
  announcements: [],
  alerts: [],
  gathering: [],
  quiet: {},
  mutes: [],
  accepted: {},
  known: [],
  sweptUntil: new Date(now).toISOString(),
});

export const settingsOf = ({ announcements }: AlertsState): AlertSettings =>
  announcements.at(-1)?.settings ?? DEFAULT_ALERT_SETTINGS;

/** The sinks there are, and the queue on which each is to be had. */
export const sinksOf = ({ announcements }: AlertsState): Map<string, string> =>
  new Map(announcements.flatMap(({ sinks, deliverOn }) => sinks.map((sink) => [sink, deliverOn] as const)));

export function announce(state: AlertsState, announcement: Announcement): void {
  const others = state.announcements.filter(({ taskQueue }) => taskQueue !== announcement.taskQueue);
  state.announcements = [...others, announcement].slice(-ANNOUNCEMENTS);
}

/** Brings all of it back to its bounds: the oldest goes first, and of alerts what is closed and told. */
export function bound(state: AlertsState, now: number): void {
  for (const alert of state.alerts) if (Date.parse(alert.at) < now - FORGOTTEN_MS) giveUp(alert, now);
  state.known = state.known.slice(-KNOWN);
  state.mutes = state.mutes.filter(({ until }) => Date.parse(until) > now).slice(-MUTES);
  state.accepted = Object.fromEntries(Object.entries(state.accepted).slice(-ACCEPTED));
  const quiets = Object.entries(state.quiet)
    .filter(([, { until, untold, held }]) => until > now || untold > 0 || held !== null)
    .sort(([, a], [, b]) => a.until - b.until);
  state.quiet = Object.fromEntries(quiets.slice(-QUIETS));
  boundUnsettled(state);
  let bytes = jsonBytes(state.alerts);
  while (bytes > ALERTS_BYTES) {
    const done = state.alerts.findIndex((alert) => alert.state === 'closed' && !isWaiting(alert));
    const [gone] = state.alerts.splice(Math.max(0, done), 1);
    state.gathering = state.gathering.filter(({ id }) => id !== gone?.id);
    if (state.unsettled !== undefined)
      state.unsettled = state.unsettled.filter(({ alert, held }) => alert !== gone?.id || held !== null);
    bytes -= jsonBytes(gone) + 1;
  }
}

/** Without what is held an item has names of bounded length. */
const bytesOf = ({ held }: Unsettled): number => 500 + (held === null ? 0 : jsonBytes(held));

/** What nobody was told of yet is kept longest. An alert that loses some is not known to be settled, and is closed by time. */
function boundUnsettled(state: AlertsState): void {
  if (state.unsettled === undefined) return;
  const open = new Set(state.alerts.filter((alert) => alert.state === 'open').map(({ id }) => id));
  state.unsettled = state.unsettled.filter(({ alert, held }) => held !== null || open.has(alert ?? ''));
  let bytes = state.unsettled.reduce((sum, item) => sum + bytesOf(item), 0);
  while (bytes > UNSETTLED_BYTES) {
    const told = state.unsettled.findIndex(({ held }) => held === null);
    const [gone] = state.unsettled.splice(Math.max(0, told), 1) as [Unsettled];
    bytes -= bytesOf(gone);
  }
}

const isWaiting = ({ messages }: Alert): boolean =>
  messages.some(({ deliveries }) => Object.values(deliveries).some(({ state }) => state === 'waiting'));

function giveUp(alert: Alert, now: number): void {
  const at = new Date(now).toISOString();
  for (const goal of alert.goals) goal.settled ??= { how: 'over', at, run: null };
  alert.state = 'closed';
}
