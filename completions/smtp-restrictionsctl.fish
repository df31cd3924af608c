# SPDX-License-Identifier: GPL-2.0-or-later
# Fish completion of smtp-restrictionsctl, which says itself what can be typed.

function __smtp_restrictionsctl_complete
    set -l words (commandline -opc)
    set -l found (smtp-restrictionsctl --complete -- $words[2..-1] "$(commandline -ct)" 2>/dev/null)
    if test "$found" = "<files>"
        __fish_complete_path (commandline -ct)
    else if set -q found[1]
        printf '%s\n' $found
    end
end

complete -c smtp-restrictionsctl -f -a '(__smtp_restrictionsctl_complete)'
