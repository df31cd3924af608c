// SPDX-License-Identifier: GPL-2.0-or-later
//
// What is not as it should be, and what to do about it.

import { Notice } from "./notice.jsx";
import { usePage } from "./page-context.js";
import { Card, CardBody, CardTitle } from "./pf.js";
import { plural, time } from "./words.js";

const VARIANTS = { notice: "info", warning: "warning", error: "danger" };

function content(status) {
    if (!status.Problems)
        return status.ProblemCount ? `${plural(status.ProblemCount, "problem")}; administrative access shows which.` : "None.";
    if (!status.Problems.length)
        return "None.";
    return status.Problems.map(problem =>
        <Notice key={problem.Id} variant={VARIANTS[problem.Severity] ?? "info"} title={problem.Text}>
            <p>{problem.Hint}</p>
            <p className="quiet hint">{problem.Id}, since {time(problem.Since)}</p>
        </Notice>);
}

export function Problems() {
    const { status } = usePage();
    return (
        <Card component="section" aria-label="Problems">
            <CardTitle component="h2">Problems</CardTitle>
            <CardBody className="stack" aria-live="polite">{content(status)}</CardBody>
        </Card>
    );
}
