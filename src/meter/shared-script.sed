# SPDX-License-Identifier: GPL-2.0-or-later
# The script as one string of C, without its comments.
1i\
#include "meter/shared-script.h"\
\
const char shared_script[] =
/^ *--/d
/^$/d
s/[\\"]/\\&/g
s/.*/"&\\n"/
$a\
;
