export { type BudgetSize, createBudget, unprovenEvents } from './budget.ts';
export { createBudgets, createGate, type Gate, type Spend } from './budgets.ts';
export { keepLast, type Memory } from './keep-last.ts';
export { type Followed, followLastGood, LastGood } from './last-good.ts';
export { ownText } from './own-text.ts';
