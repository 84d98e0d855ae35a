package pipe

import (
	"cmp"
	"regexp"
	"strings"
)

// Commands say how Provost's own commands are run at this server. Texts name
// them as "provost" and their words; what a caller is told is to work when it is
// pasted.
type Commands struct {
	// Program is how this one was started, such as "go run ./cmd/provost"; empty:
	// provost.
	Program string
	// Tokens says that provost token gets one here; else clauses that name it are
	// left out.
	Tokens bool
	// Server and Operator are the flags by which the commands of callers and those
	// of operators find this server, where they do not by themselves.
	Server, Operator string
	// Database is what an operator key is made in, while the server is stopped; Data the directory of a development server that keeps its own key,
	// by which its door makes others. One of them is there.
	Database, Data string
	// Shared says that the database is no file but one that servers share: it
	// takes a key while they run.
	Shared bool
	// Restart are the arguments with which a development server was started.
	Restart string
}

var named = regexp.MustCompile(`\bprovost (?:(?P<caller>token|mfa report|clock (?:show|advance|set|freeze|resume)|login|doctor|call|` +
	`customers (?:list|get|create|patch|delete|billing (?:get|patch)|company get)|subscriptions (?:list|get|addons|patch|status)|` +
	`orders (?:list|get|create|patch|status)|carts (?:get|create|patch|checkout)|(?:products|skus|availabilities) (?:list|get)|` +
	`agreements (?:list|create)|domains check|audit list)|(?P<operator>world (?:create|list|show|set|export|import)|` +
	`partner (?:add|list|remove)|relationship (?:set|list|end)|role (?:grant|revoke|list)|who|operator (?:key (?:create|list|revoke)|log))|` +
	`(?P<dev>dev) --)(?:\b|$)`)

const (
	tokenCommand = "provost token"
	makesKey     = "operator key create"
)

// In gives a text with its commands as they are run here.
func (c Commands) In(text string) string {
	if before, _, names := strings.Cut(text, tokenCommand); names && !c.Tokens && strings.Contains(before, ";") {
		text = before[:strings.LastIndex(before, ";")] // the last clause names it
	}
	stopped := false
	text = named.ReplaceAllStringFunc(text, func(found string) string {
		parts := named.FindStringSubmatch(found)
		caller, operator, dev := parts[1], parts[2], parts[3]
		switch {
		case dev != "":
			return c.run(dev, c.Restart) + " --"
		case operator == makesKey && c.Database != "":
			stopped = true
			return c.run(operator, "--database "+c.Database)
		case operator == makesKey && c.Data != "":
			return c.run(operator, "--data "+c.Data) // whatever key the environment names
		case operator != "":
			return c.run(operator, c.Operator)
		default:
			return c.run(caller, c.Server)
		}
	})
	if stopped && !c.Shared {
		text += " (while this server is stopped)"
	}
	return text
}

func (c Commands) run(words, flags string) string {
	return strings.TrimSpace(cmp.Or(c.Program, "provost") + " " + words + " " + flags)
}
