package storetest

import (
	"context"
	"testing"
	"time"

	"provost/internal/commerce"
)

func claim(world, key string, at time.Time) func(context.Context, commerce.Tx) error {
	return func(ctx context.Context, tx commerce.Tx) error { return tx.Answers().Claim(ctx, world, key, at) }
}

func answer(t *testing.T, s commerce.Store, world, key string) commerce.Answer {
	t.Helper()
	return read(t, s, func(ctx context.Context, tx commerce.Tx) (commerce.Answer, error) {
		return tx.Answers().ByKey(ctx, world, key)
	})
}

// forget forgets old answers, which are to be so many.
func forget(t *testing.T, s commerce.Store, before time.Time, most, want int) {
	t.Helper()
	forgotten := 0
	write(t, s, func(ctx context.Context, tx commerce.Tx) (err error) {
		forgotten, err = tx.Answers().Forget(ctx, before, most)
		return err
	})
	same(t, "how many are forgotten", forgotten, want)
}

var answerPromises = []promise{
	{"an answer is kept under a key that is claimed once in its world", func(t *testing.T, s commerce.Store) {
		insert(t, s, newWorld(theWorld), newWorld("World-2"))
		write(t, s, claim(theWorld, "key", noon))
		refused(t, s, commerce.ErrTaken, claim("WORLD-1", "key", noon))
		write(t, s, claim("World-2", "key", noon))
		write(t, s, func(ctx context.Context, tx commerce.Tx) error {
			return tx.Answers().Keep(ctx, theWorld, "key", `{"id":"1"}`)
		})
		same(t, "answer", answer(t, s, theWorld, "key"), commerce.Answer{At: noon, Text: `{"id":"1"}`})
		same(t, "of another world", answer(t, s, "World-2", "key"), commerce.Answer{At: noon})
	}},
	{"a claim that is not committed leaves the key free", func(t *testing.T, s commerce.Store) {
		insert(t, s, newWorld(theWorld))
		refused(t, s, commerce.ErrMissing, func(ctx context.Context, tx commerce.Tx) error {
			if err := claim(theWorld, "key", noon)(ctx, tx); err != nil {
				return err
			}
			return commerce.ErrMissing
		})
		write(t, s, claim(theWorld, "key", noon))
	}},
	{"old answers are forgotten", func(t *testing.T, s commerce.Store) {
		insert(t, s, newWorld(theWorld))
		write(t, s, claim(theWorld, "old", noon))
		write(t, s, claim(theWorld, "new", noon.Add(time.Hour)))
		forget(t, s, noon.Add(time.Hour), 100, 1)
		missing(t, s, "the old answer", func(ctx context.Context, tx commerce.Tx) (commerce.Answer, error) {
			return tx.Answers().ByKey(ctx, theWorld, "old")
		})
		same(t, "the new answer", answer(t, s, theWorld, "new").At, noon.Add(time.Hour))
	}},
	{"old answers are forgotten a few at a time, the oldest first", func(t *testing.T, s commerce.Store) {
		insert(t, s, newWorld(theWorld), newWorld("World-2"))
		for n, world := range []string{"World-2", theWorld, "World-2", theWorld} {
			write(t, s, claim(world, "key", noon.Add(time.Duration(n)*time.Minute)))
			if n == 1 {
				forget(t, s, noon.Add(time.Hour), 2, 2)
			}
		}
		write(t, s, claim(theWorld, "later", noon.Add(time.Hour)))
		forget(t, s, noon.Add(time.Hour), 1, 1)
		same(t, "the younger answer", answer(t, s, theWorld, "key").At, noon.Add(3*time.Minute))
		forget(t, s, noon.Add(time.Hour), 2, 1)
		same(t, "one that is not old", answer(t, s, theWorld, "later").At, noon.Add(time.Hour))
	}},
	{"a key whose answer is old is claimed anew", func(t *testing.T, s commerce.Store) {
		insert(t, s, newWorld(theWorld), newWorld("World-2"))
		for _, world := range []string{theWorld, "World-2"} {
			write(t, s, claim(world, "key", noon))
			write(t, s, func(ctx context.Context, tx commerce.Tx) error { return tx.Answers().Keep(ctx, world, "key", "{}") })
		}
		write(t, s, func(ctx context.Context, tx commerce.Tx) error {
			return tx.Answers().Reclaim(ctx, "WORLD-1", "key", noon.Add(time.Hour))
		})
		same(t, "answer", answer(t, s, theWorld, "key"), commerce.Answer{At: noon.Add(time.Hour)})
		same(t, "of another world", answer(t, s, "World-2", "key"), commerce.Answer{At: noon, Text: "{}"})
		refused(t, s, commerce.ErrMissing, func(ctx context.Context, tx commerce.Tx) error {
			return tx.Answers().Reclaim(ctx, theWorld, "no key", noon)
		})
	}},
}
