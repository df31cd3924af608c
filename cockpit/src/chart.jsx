// SPDX-License-Identifier: GPL-2.0-or-later
//
// Attempts over the last hour: a bar for each minute, stacked by what became of them.

import { KINDS, lastHour, MINUTES, sums } from "./attempt-log.js";
import { number, SHORT_VERDICTS } from "./words.js";

const HEIGHT = 100;

function bars(minutes, highest) {
    return minutes.flatMap((minute, index) => {
        let top = HEIGHT;
        return KINDS.filter(kind => minute[kind]).map(kind => {
            const height = minute[kind] / highest * HEIGHT;
            top -= height;
            return <rect key={`${index} ${kind}`} className={kind} x={index + 0.1} width={0.8} y={top} height={height} />;
        });
    });
}

export function Chart({ log, now }) {
    const minutes = lastHour(log, now);
    const total = sums(minutes);
    const highest = Math.max(1, ...minutes.map(minute => KINDS.reduce((sum, kind) => sum + (minute[kind] ?? 0), 0)));
    const words = KINDS.filter(kind => total[kind]).map(kind => `${number(total[kind])} ${SHORT_VERDICTS[kind]}`).join(", ");

    return (
        <figure>
            <svg className="chart" viewBox={`0 0 ${MINUTES} ${HEIGHT}`} preserveAspectRatio="none" role="img"
                 aria-label={`Attempts in the last hour: ${words || "none"}`}>
                {bars(minutes, highest)}
            </svg>
            <figcaption className="key">
                <span>An hour ago</span>
                {KINDS.map(kind => <span key={kind}><i className={kind} />{number(total[kind])} {SHORT_VERDICTS[kind]}</span>)}
                <span>highest {number(highest)} a minute</span>
                <span>now</span>
            </figcaption>
        </figure>
    );
}
