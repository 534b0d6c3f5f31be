/** The look of the page, light and dark. */
export const runReportStyle = `
:root { color-scheme: light dark; --line: #1565c0; --behind: #1976d233; --rule: #8884; --good: #2e7d32; --bad: #c62828; }
@media (prefers-color-scheme: dark) { :root { --line: #64b5f6; --behind: #64b5f633; --good: #81c784; --bad: #ef5350; } }
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin: 2.5rem 0 .5rem; border-bottom: 1px solid var(--rule); }
h3 { margin: 1rem 0 .3rem; font-size: 1rem; }
.gate { border-left: 4px solid var(--good); padding: .3rem 1rem; } .gate.failed { border-color: var(--bad); }
.gate b { color: var(--good); } .gate.failed b { color: var(--bad); }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: 1rem; }
dt, .note { opacity: .75; } dd { margin: 0; font-size: 1.2rem; overflow-wrap: anywhere; } dd small { display: block; font-size: .8rem; opacity: .75; }
dl.long { grid-template-columns: repeat(auto-fill, minmax(20rem, 1fr)); } dl.long dd { font-size: 1rem; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1.5rem; } .pair > * { min-width: 0; } figure { margin: 0; }
.wide { overflow-x: auto; } .wide .name { min-width: 12rem; }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; padding: .15rem .6rem; border-bottom: 1px solid var(--rule); vertical-align: top; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.bar { position: relative; min-width: 11rem; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.bar span { position: absolute; inset: 2px auto auto 0; height: 1.6em; background: var(--behind); } td.bar b { position: relative; font-weight: inherit; }
.chart { display: block; width: 100%; height: auto; } .chart text { fill: currentColor; font: 12px system-ui, sans-serif; }
.chart .grid { stroke: var(--rule); } .chart .diagonal { stroke: currentColor; stroke-dasharray: 4 4; opacity: .6; }
.chart .line { fill: none; stroke: var(--line); stroke-width: 1.5; } .chart circle { fill: var(--line); }
pre { overflow-x: auto; padding: .6rem; border: 1px solid var(--rule); font-size: .85rem; }
`;
