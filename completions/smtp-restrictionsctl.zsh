#compdef smtp-restrictionsctl
# SPDX-License-Identifier: GPL-2.0-or-later
# Zsh completion of smtp-restrictionsctl, which says itself what can be typed.

local -a found open whole

found=("${(@f)$(smtp-restrictionsctl --complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
found=("${(@)found:#}")
if [[ "$found" == "<files>" ]]; then
	_files
	return
fi

# a key is not ended by a blank
open=("${(@M)found:#*[=:,]}")
whole=("${(@)found:#*[=:,]}")
(( $#open )) && compadd -S '' -- "${(@)open}"
(( $#whole )) && compadd -- "${(@)whole}"
(( $#found ))
