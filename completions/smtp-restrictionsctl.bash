# SPDX-License-Identifier: GPL-2.0-or-later
# Bash completion of smtp-restrictionsctl, which says itself what can be typed.

_smtp_restrictionsctl() {
	local line=${COMP_LINE:0:COMP_POINT} typed before
	local -a words found

	# bash cuts words at = and :, we do not
	read -ra words <<<"$line"
	while [ ${#words[@]} -gt 0 ] && [ "${words[0]}" != "$1" ]; do
		words=("${words[@]:1}")
	done
	[[ $line != *[[:blank:]] ]] || words+=("")
	[ ${#words[@]} -gt 1 ] || return 0
	typed=${words[-1]}

	mapfile -t found < <(smtp-restrictionsctl --complete -- "${words[@]:1}" 2>/dev/null)
	if [ "${found[*]}" = "<files>" ]; then
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$2")
		return 0
	fi

	# only what stands behind the last = or : is replaced
	before=${typed%"$2"}
	COMPREPLY=("${found[@]#"$before"}")
	[[ ${#found[@]} -ne 1 || ${found[0]} != *[=:,] ]] || compopt -o nospace 2>/dev/null
	return 0
}

complete -F _smtp_restrictionsctl smtp-restrictionsctl
