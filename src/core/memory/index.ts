export { type BudgetSize, createBudget, unprovenEvents } from './budget.ts';
export { keepLast, type Memory } from './keep-last.ts';
