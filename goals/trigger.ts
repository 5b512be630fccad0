/** What starts runs of a goal by itself, as `on: [...]` of the goal lists it. */
export interface Trigger {
  readonly kind: 'schedule' | 'event' | 'outcome';
}
