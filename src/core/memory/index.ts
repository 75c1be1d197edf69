export { type BudgetSize, createBudget, unprovenEvents } from './budget.ts';
export { keepLast, type Memory } from './keep-last.ts';
export { type Followed, followLastGood, LastGood } from './last-good.ts';
