export { type BudgetSize, createBudget } from './budget.ts';
export { keepLast, type Memory } from './keep-last.ts';
