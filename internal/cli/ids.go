package cli

import (
	"context"
	"fmt"
	"iter"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// kind is what an argument names: something with an id.
type kind struct {
	word string
	// itself says that the argument is the thing, not its id.
	itself bool
	// whole is an id that is not abbreviated.
	whole *regexp.Regexp
	// list gives those that there are, within what the arguments before it name;
	// nil: the service does not list them.
	list func(ctx context.Context, s *session, above []string) iter.Seq2[candidate, error]
}

// candidate is something that an argument could name.
type candidate struct{ id, says string }

func (k kind) a() string {
	if strings.ContainsRune("aeiou", rune(k.word[0])) {
		return "an " + k.word
	}
	return "a " + k.word
}

var (
	guid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	// longID is the form of a new-commerce order's id, or a product's.
	longID = regexp.MustCompile(`^[0-9a-zA-Z]{12,}$|` + guid.String())
)

// mostNamed is how many candidates an error lists.
const mostNamed = 8

// resolve gives the whole ids for arguments that may be abbreviated. What no id
// begins with is passed on where ids have no one form and lists may be late: the
// service says what it thinks of it.
func (s *session) resolve(ctx context.Context, takes []kind, args []string) ([]string, error) {
	ids := make([]string, len(args))
	for i, k := range takes {
		ids[i] = args[i]
		if k.list == nil || k.whole.MatchString(args[i]) || args[i] == "" {
			continue
		}
		var found []candidate
		for one, err := range k.list(ctx, s, ids[:i]) {
			if err != nil {
				return nil, fmt.Errorf("look for %s that begins with %s: %w", k.a(), args[i], err)
			}
			if strings.EqualFold(one.id, args[i]) {
				found = []candidate{one}
				break
			}
			if len(one.id) > len(args[i]) && strings.EqualFold(one.id[:len(args[i])], args[i]) {
				found = append(found, one)
			}
		}
		switch {
		case len(found) == 1:
			ids[i] = found[0].id
		case len(found) == 0 && k.whole == guid:
			return nil, misuse("no %s's id begins with %s; what there is: %s", k.word, args[i], advised(s.cmd, strings.TrimSpace(k.word+"s list "+strings.Join(ids[:i], " "))))
		case len(found) > 1:
			return nil, misuse("%s is the beginning of more than one %s:\n%s", args[i], k.word, named(found))
		}
	}
	return ids, nil
}

func named(all []candidate) string {
	var lines []string
	for _, one := range all[:min(mostNamed, len(all))] {
		lines = append(lines, strings.TrimRight("  "+clean(one.id)+"  "+clean(one.says), " "))
	}
	if more := len(all) - mostNamed; more > 0 {
		lines = append(lines, fmt.Sprintf("  and %d more", more))
	}
	return strings.Join(lines, "\n")
}

// completionTime is how long a shell waits for ids.
const completionTime = 3 * time.Second

// completeIDs completes arguments by what the service lists.
func completeIDs(v verb) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, text string) ([]cobra.Completion, cobra.ShellCompDirective) {
		none := cobra.ShellCompDirectiveNoFileComp
		takes := v.taken(len(args) + 1)
		if len(args) >= len(takes) || takes[len(args)].list == nil {
			return nil, none
		}
		wanted := takes[len(args)]
		s, err := openSession(cmd)
		if err != nil {
			return nil, none
		}
		ctx := cmd.Context()
		if ctx == nil {
			ctx = context.Background()
		}
		ctx, cancel := context.WithTimeout(ctx, completionTime)
		defer cancel()
		if v.several && len(args) > len(v.takes) {
			args = args[:len(v.takes)] // those after the first of several say nothing of the next
		}
		above, err := s.resolve(ctx, takes[:len(args)], args)
		if err != nil {
			return nil, none
		}
		var all []cobra.Completion
		for one, err := range wanted.list(ctx, s, above) {
			if err != nil {
				break
			}
			if strings.HasPrefix(strings.ToLower(one.id), strings.ToLower(text)) {
				all = append(all, cobra.CompletionWithDesc(clean(one.id), clean(one.says)))
			}
		}
		return all, none | cobra.ShellCompDirectiveKeepOrder
	}
}

// candidates makes them of a list of the SDK's.
func candidates[T any](list iter.Seq2[*T, error], is func(*T) candidate) iter.Seq2[candidate, error] {
	return func(yield func(candidate, error) bool) {
		for one, err := range list {
			if err != nil {
				yield(candidate{}, err)
				return
			}
			if !yield(is(one), nil) {
				return
			}
		}
	}
}
