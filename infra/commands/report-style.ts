/** The look of the page, light and dark. */
export const reportStyle = `
:root { color-scheme: light dark; --bar: #1976d2; --bar-behind: #1976d244; --line: #8884; --error: #c62828; --warning: #b26a00; }
@media (prefers-color-scheme: dark) { :root { --bar: #64b5f6; --bar-behind: #64b5f644; --error: #ef5350; --warning: #ffb74d; } }
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin: 2.5rem 0 .5rem; border-bottom: 1px solid var(--line); }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: 1rem; }
dt { opacity: .75; } dd { margin: 0; font-size: 1.2rem; }
section { border-left: 4px solid; padding: .1rem 1rem; margin: 1rem 0; }
section.error { border-color: var(--error); } section.warning { border-color: var(--warning); }
h3 { margin: .4rem 0; } section.error h3 { color: var(--error); } section.warning h3 { color: var(--warning); }
li, td { overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; } table.narrow { width: auto; }
td, th { text-align: left; padding: .15rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
.number { text-align: right; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
td.bar { position: relative; width: 24%; font-variant-numeric: tabular-nums; }
td.bar span { position: absolute; inset: 2px auto 2px 0; background: var(--bar-behind); } td.bar b { position: relative; font-weight: inherit; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(18rem, 1fr)); gap: 1.5rem; } figure { margin: 0; }
svg { display: block; width: 100%; height: 8rem; fill: var(--bar); border-bottom: 1px solid var(--line); }
.axis { display: flex; justify-content: space-between; gap: 1rem; margin: .2rem 0; opacity: .75; font-size: .9rem; }
`;
