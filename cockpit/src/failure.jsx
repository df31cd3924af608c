// SPDX-License-Identifier: GPL-2.0-or-later
//
// What went wrong, where the user looks at that moment.

import { Notice } from "./notice.jsx";
import { explained } from "./words.js";

export function Failure({ error }) {
    if (!error)
        return null;
    const { title, text } = explained(error);
    return <Notice isLiveRegion variant="danger" title={title}>{text}</Notice>;
}
