package pipe

import (
	"bytes"
	"math"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/maypok86/otter/v2"

	"provost/internal/commerce"
)

// Kept answers are given again while nothing can have changed: neither by a
// write, which the store's generation tells, nor by time, which the answer's own
// outlook tells. Who may have one is kept beside them, under the same two
// conditions, and a token has to be one that was verified and still holds.
type kept struct {
	// age bounds how long what was read is given again; 0: as long as it holds.
	// Where other servers write, it bounds how long their writes go unseen.
	age     time.Duration
	answers *otter.Cache[answerKey, *keptAnswer]
	rights  *otter.Cache[rightKey, *keptRight]
	// actors are whom tokens stand for: all rights of a token have the same one.
	actors *otter.Cache[[32]byte, *keptRight]
}

// answerKey says whose answer it is, to what, and in which words.
type answerKey struct{ tenant, uri, mediaType string }

type rightKey struct {
	token    [32]byte
	row      *Route
	customer string
}

// held is until when something stays as it was read. There are many of them:
// instants are numbers, which take a third, and in which the garbage collector has
// nothing to look for.
type held struct {
	generation uint64
	// until is by the wall clock, in Unix nanoseconds; 0 where time alone does not end
	// it.
	until int64
	// read is when, counted from begun, and age how long that lets it be given again
	// at most, whatever is done to the machine's clock; 0: as long as it holds.
	read, age time.Duration
}

// begun is what instants are counted from that the machine's clock does not move.
var begun = time.Now()

// read says what of the store, and when, an answer was made of.
type read struct {
	at                   time.Time
	everyone, generation uint64
}

// longest is as good as for ever, and can be counted.
const longest = 100 * 365 * 24 * time.Hour

func (h held) holds(now time.Time, generation uint64) bool {
	if h.generation != generation || h.until != 0 && now.UnixNano() >= h.until {
		return false
	}
	passed := now.Sub(begun) - h.read
	return h.age == 0 || passed >= 0 && passed < h.age
}

type keptAnswer struct {
	held
	row             *Route
	world, customer string
	body            []byte
	// tag is empty where the answer has none.
	tag value
	// waits is how long, from asked on, what the answer waits for was away; never: it
	// waits for nothing. What was asked when is by the wall clock, in Unix nanoseconds.
	waits time.Duration
	asked int64
}

// never is how long it is until what nobody waits for.
const never = time.Duration(math.MinInt64)

// outlook is the answer's at an instant.
func (a *keptAnswer) outlook(at time.Time) (o commerce.Outlook) {
	if a.waits != never {
		o.RetryAfter = &a.waits
	}
	return o.After(time.Duration(at.UnixNano() - a.asked))
}

type keptRight struct {
	held
	actor *commerce.Actor
}

// What an answer takes beside its address and its body, and how many rights and
// actors are kept.
const (
	answerWeight = 336
	keptRights   = 1 << 15
	keptActors   = 1 << 10
)

// newKept keeps what the settings say; nil: nothing.
func newKept(s Settings) *kept {
	if s.Keep <= 0 || s.Known == nil {
		return nil
	}
	return &kept{
		age: s.KeepFor,
		answers: otter.Must(&otter.Options[answerKey, *keptAnswer]{
			MaximumWeight: uint64(s.Keep),
			Weigher: func(k answerKey, a *keptAnswer) uint32 {
				return uint32(answerWeight + len(k.uri) + len(a.body))
			},
		}),
		rights: otter.Must(&otter.Options[rightKey, *keptRight]{MaximumSize: keptRights}),
		actors: otter.Must(&otter.Options[[32]byte, *keptRight]{MaximumSize: keptActors}),
	}
}

// held is how long what was read then may be given again.
func (k *kept) held(of read, holds time.Duration) held {
	if k.age > 0 {
		holds = min(holds, k.age)
	}
	h := held{generation: of.generation, read: of.at.Sub(begun), age: k.age}
	if holds != commerce.ForEver {
		// Without the monotonic clock, which stands still while the machine sleeps.
		h.until = of.at.UnixNano() + int64(min(holds, longest))
	}
	return h
}

// reading notes the state of the store before anything is read for a request.
func (p *Pipe) reading() read {
	return read{at: time.Now(), everyone: p.Service.Store.Generation("", "")}
}

// readingOf notes the customer's, once the world is known. What was read of the
// world before counts only if nothing has changed since.
func (p *Pipe) readingOf(of read, world, customer string) (_ read, sound bool) {
	sound = p.Service.Store.Generation("", "") == of.everyone
	of.generation = p.Service.Store.Generation(world, customer)
	return of, sound
}

// Again answers GETs with what is kept, in place of [Pipe.Front] and all behind it,
// and says whether it did; if not, it has written nothing but headers. It is for who
// has a request in hand before handlers do; nil where nothing is kept. What it has set in
// the header is read when the answer is written, and means nothing once it returns.
func (p *Pipe) Again() func(http.ResponseWriter, *http.Request) bool {
	if p.kept == nil {
		return nil
	}
	return func(w http.ResponseWriter, r *http.Request) (answered bool) {
		x := exchanges.Get().(*exchange)
		p.begin(x, w, r)
		defer func() {
			if answered = x.answer.status != 0; answered {
				p.log(r, x)
			}
			*x = exchange{}
			exchanges.Put(x)
		}()
		defer p.recover(r, x)
		return p.guard(r) == nil && p.again(r, x, longestCopy)
	}
}

// exchanges are used again where no handler is told of them, who could keep them.
var exchanges = sync.Pool{New: func() any { return new(exchange) }}

// Where a whole answer is put together before it is sent, each that is on its way is
// a copy: those of who does not read must not add up. net/http sends the kept bytes.
const (
	longestCopy = 16 << 10
	anyLength   = math.MaxInt
)

// again answers a request with what is kept, if that is all it takes, and no longer
// than that.
func (p *Pipe) again(r *http.Request, x *exchange, most int) bool {
	if p.kept == nil || r.Method != http.MethodGet || r.ContentLength != 0 || r.Header["Validatemfa"] != nil {
		return false
	}
	claims, known := p.Known(r)
	if !known {
		return false // admitted, or refused, where all others are
	}
	a, ok := p.kept.answers.GetIfPresent(answerKey{claims.Tenant, r.RequestURI, x.mediaType})
	if !ok || len(a.body) > most {
		return false
	}
	generation := p.Service.Store.Generation(a.world, a.customer)
	if !a.holds(x.started, generation) {
		return false
	}
	right, ok := p.kept.rights.GetIfPresent(rightKey{claims.Token, a.row, a.customer})
	if !ok || !right.holds(x.started, generation) || !x.acceptable && p.Profile == Documents {
		return false
	}
	x.actor, x.route = right.actor, a.row.Path
	if err := p.throttled(a.row, x, a.customer); err != nil {
		p.refuseIn(x, &x.answer, r, err)
		return true
	}
	p.sendKept(&x.answer, r, x, a)
	return true
}

func (p *Pipe) sendKept(w http.ResponseWriter, r *http.Request, x *exchange, a *keptAnswer) {
	h := w.Header()
	if a.tag[0] != "" {
		outlook := a.outlook(x.started)
		if p.knowWhen(h, r, &outlook, a.tag[:]) {
			h["Vary"] = varyAccept
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	p.sendBytes(w, x.mediaType, http.StatusOK, a.body)
}

// rightOf finds what was allowed before and still is; nil: it has to be asked for.
func (p *Pipe) rightOf(rt *Route, claims commerce.Claims, customer string, of read) *keptRight {
	if p.kept == nil || !rt.Kept {
		return nil
	}
	right, ok := p.kept.rights.GetIfPresent(rightKey{claims.Token, rt, strings.ToLower(customer)})
	if !ok || !right.holds(of.at, p.Service.Store.Generation(right.actor.World.ID, customer)) {
		return nil
	}
	return right
}

// identify finds who calls, or remembers it while nothing has changed that
// concerns everyone.
func (p *Pipe) identify(r *http.Request, rt *Route, claims commerce.Claims, of read) (*commerce.Actor, error) {
	// Others are reported one by one. Where an age is bounded, that of a right which
	// is kept would be added to the actor's.
	keeps := p.kept != nil && (rt.InWrite || rt.Kept && p.kept.age == 0) && (claims.MFA || claims.AppOnly())
	if keeps {
		if found, ok := p.kept.actors.GetIfPresent(claims.Token); ok && found.holds(of.at, of.everyone) {
			return found.actor, nil
		}
	}
	actor, err := p.Service.Identify(r.Context(), claims, rt.name())
	if err != nil {
		return noActor, err
	}
	if keeps {
		of.generation = of.everyone
		p.kept.actors.Set(claims.Token, &keptRight{p.kept.held(of, commerce.ForEver), &actor})
	}
	return &actor, nil
}

// keepRight remembers that the actor was admitted.
func (p *Pipe) keepRight(x *exchange, holds time.Duration) {
	if p.kept == nil || !x.row.Kept || !x.sound || !x.actor.MFA && !x.actor.AppOnly() {
		return // calls without a second factor are reported one by one
	}
	customer := strings.Clone(strings.ToLower(x.customer)) // it would hold the whole request
	p.kept.rights.Set(rightKey{x.actor.Token, x.row, customer}, &keptRight{p.kept.held(x.read, holds), x.actor})
}

// keepAnswer remembers what was answered.
func (p *Pipe) keepAnswer(r *http.Request, x *exchange, reply Reply, body []byte, tag []string) {
	outlook := commerce.Outlook{Holds: reply.Holds}
	if reply.Outlook != nil {
		outlook = *reply.Outlook
	}
	if p.kept == nil || x.row == nil || !x.row.Kept || !x.sound || outlook.Holds <= 0 || r.Method != http.MethodGet {
		return
	}
	// One text holds the address, the customer in it, and the tag: none of it holds
	// the whole request.
	length, text := len(r.RequestURI), ""
	if tag != nil {
		text = r.RequestURI + tag[0]
	} else {
		text = strings.Clone(r.RequestURI)
	}
	kept := &keptAnswer{
		held: p.kept.held(x.read, outlook.Holds), row: x.row, world: x.actor.World.ID, customer: within(text[:length], x.customer),
		body: bytes.Clone(body), tag: value{text[length:]}, waits: never, asked: x.read.at.UnixNano(),
	}
	if outlook.RetryAfter != nil {
		kept.waits = *outlook.RetryAfter
	}
	p.kept.answers.Set(answerKey{x.actor.Tenant, text[:length], x.mediaType}, kept)
}

// within is a folded id as a part of the address that names it, if it is one.
func within(address, id string) string {
	id = strings.ToLower(id)
	if at := strings.Index(address, id); at >= 0 {
		return address[at : at+len(id)]
	}
	return strings.Clone(id)
}
