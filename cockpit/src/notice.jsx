// SPDX-License-Identifier: GPL-2.0-or-later
//
// Something to notice, in the place that it is about. Its title is no heading: it comes and goes.

import { Alert } from "./pf.js";

export const Notice = props => <Alert isInline component="p" {...props} />;
