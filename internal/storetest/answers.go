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
		write(t, s, func(ctx context.Context, tx commerce.Tx) error { return tx.Answers().Forget(ctx, noon.Add(time.Hour)) })
		missing(t, s, "the old answer", func(ctx context.Context, tx commerce.Tx) (commerce.Answer, error) {
			return tx.Answers().ByKey(ctx, theWorld, "old")
		})
		same(t, "the new answer", answer(t, s, theWorld, "new").At, noon.Add(time.Hour))
	}},
}
