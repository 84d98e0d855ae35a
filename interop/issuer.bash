# What the checks behind identity providers share: a production server, set up
# by the commands and configurations that docs/production.md prints, and words
# to say what it answered.
#
# A check sets $name, sources this file and calls begin. Everything is in
# $work, which is the directory of the commands and gone at the end.
#
# shellcheck shell=bash disable=SC2154 # $name is the check's

set -euo pipefail
set -m # each server gets a process group, so that all of it can be stopped

cache=${INTEROP_CACHE:-${XDG_CACHE_HOME:-${HOME:?}/.cache}/provost-ci/interop}
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
page=$repository/docs/production.md

failed=
doing="being set up"
groups=()

ok() { printf 'ok    %s %s\n' "$name" "$1"; }

fail() {
	printf 'FAIL  %s %s: %s\n' "$name" "$1" "$2"
	failed=1
}

need() {
	local tool
	for tool in "$@"; do
		if ! command -v "$tool" >/dev/null; then
			printf 'SKIP  %s: %s is not on this machine\n' "$name" "$tool"
			exit 77
		fi
	done
}

# begin makes the directory, and has all that is started stopped at the end.
# What a shell has set for a server of its own must not bend this one.
begin() {
	local binary=${PROVOST_BIN:-${PROVOST:-}} setting
	for setting in $(compgen -v PROVOST); do unset "$setting"; done
	export NO_PROXY=127.0.0.1 no_proxy=127.0.0.1
	work=$(mktemp -d)
	trap finish EXIT
	trap "exit 130" INT
	trap "exit 143" TERM
	mkdir -p "$cache"
	if [[ -n $binary ]]; then
		ln -s "$(realpath "$binary")" "$work/provost"
	else
		(cd "$repository" && CGO_ENABLED=0 go build -o "$work/provost" ./cmd/provost)
	fi
	cd "$work"
}

finish() {
	local status=$? group log
	trap - EXIT
	if ((status != 0 && status != 77)) && [[ -z $failed ]]; then
		fail "$doing" "the check ended with $status"
	fi
	for group in "${groups[@]}"; do
		stop "$group" || true
	done
	if [[ -n $failed ]]; then
		for log in "$work"/*.log; do
			printf -- '-- %s\n' "${log##*/}"
			tail -n 20 "$log"
		done >&2
		status=1
	fi
	rm -rf "$work"
	exit "$status"
}

# run LOG COMMAND… starts a server in the background; its group is then $!.
run() {
	local log=$work/$1
	shift
	"$@" </dev/null >"$log" 2>&1 &
	groups+=($!)
	disown # or bash tells of its end
}

# stop GROUP ends a server and all that it started, at once.
stop() {
	kill -KILL -- "-$1" 2>/dev/null
	gone() { ! kill -0 -- "-$1" 2>/dev/null; }
	eventually 10 gone "$1"
}

# eventually SECONDS COMMAND… waits until the command succeeds.
eventually() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		((SECONDS < end)) || return 1
		sleep 0.2
	done
}

free_port() {
	local port
	while port=$((20000 + RANDOM % 10000)) && (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
	printf '%d\n' "$port"
}

# printed HEADING KIND [N] gives the blocks of that kind, or the Nth of them,
# that the page prints below the heading, with this run's addresses.
printed() {
	awk -v heading="$1" -v fence="\`\`\`$2" -v wanted="${3:-0}" '
		/^```/ {
			if (open) { open = here = 0 } else { open = 1; here = below && $0 == fence && (++n == wanted || !wanted) }
			next
		}
		!open && /^#/ { below = $0 == heading }
		here { print; found = 1 }
		END { exit !found }
	' "$page" | readdressed
}

readdressed() {
	sed "s|https://keycloak\.example|${issuer:-}|g; s|https://dex\.example|${issuer:-}|g
		s|http://127\.0\.0\.1:4177|${api:-}|g; s|http://127\.0\.0\.1:4178|${door:-}|g"
}

# follow HEADING [N] runs the commands that the page prints, here and now.
follow() {
	doing="following docs/production.md, $1"
	printed "$1" sh "${2:-0}" >commands
	# shellcheck disable=SC1091
	source ./commands
	doing="being checked"
}

# serve HEADING starts Provost with the configuration below the heading.
serve() {
	follow "## 2. The first operator key"
	printed "$1" yaml >provost.yaml
	printf 'listen: 127.0.0.1:0\noperator-listen: 127.0.0.1:0\n' >>provost.yaml
	doing="starting provost serve"
	run provost.log ./provost serve --config provost.yaml
	eventually 60 grep -qs 'Health and metrics on' provost.log
	api=$(sed -n 's/^Provost listens on //p' provost.log)
	door=$(sed -n 's/^Health and metrics on //p' provost.log)
	export PROVOST_OPERATOR_URL=$door
	doing="being checked"
}

# create_world does as the page says, and takes from what is printed the call
# to begin with.
create_world() {
	follow "## 5. Worlds, roles and apps" 1 >world
	customer=$(awk '$1 == "Customer" { print $2 }' world)
	status=$(awk '$1 == "Ask" { print $NF }' world)
	status=${status#"$api"}
	[[ -n $customer && $status == /v1/*/provisioningstatus ]]
}

# ask PATH TOKEN asks Provost; the answer is then in $answer, $code and $cure,
# which is what Provost's log says of the call.
ask() {
	local correlation
	answer=$(curl -s -o body -D headers -w '%{http_code}' -H "Authorization: Bearer $2" "$api$1")
	code=$(jq -r '.code // empty' body 2>/dev/null || true)
	correlation=$(sed -n 's/^MS-CorrelationId: \([^[:space:]]*\).*/\1/Ip' headers)
	logged() { grep -q "\"correlationId\":\"$correlation\"" provost.log; }
	eventually 5 logged || true
	cure=$(grep "\"correlationId\":\"$correlation\"" provost.log | jq -r '.cure // empty' || true)
}

# answers WHAT PATH TOKEN STATUS [CODE [CURE]] checks one call.
answers() {
	ask "$2" "$3"
	if [[ $answer != "$4" || ${5:-} != "${code#null}" || $cure != *${6:-}* ]]; then
		fail "$1" "it answered $answer ${code:-without a code} ($cure), want $4 ${5:-} ${6:-}: $(head -c 300 body)"
		return
	fi
	ok "$1: $answer${code:+ $code}"
}

# ready gives what /readyz answers.
ready() { curl -s -w ' %{http_code}' "$door/readyz" | tr '\n' ' '; }

ready_says() { [[ $(ready) == $1 ]]; }

# readiness WHAT SECONDS PATTERN checks what /readyz comes to say.
readiness() {
	if eventually "$2" ready_says "$3"; then
		ok "$1"
	else
		fail "$1" "/readyz says $(ready)"
	fi
}

claims() { cut -d. -f2 <<<"$1" | tr -- -_ +/ | base64 -d 2>/dev/null || true; }

key_of() { (cut -d. -f1 <<<"$1" | tr -- -_ +/ | base64 -d 2>/dev/null || true) | jq -r .kid; }

end() {
	[[ -z $failed ]] || exit 1
	exit 0
}
