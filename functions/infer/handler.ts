import { inferMain } from './infer-main.ts';
import { pageRoute } from './page-route.ts';

export const main = inferMain([pageRoute]);
