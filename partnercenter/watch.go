package partnercenter

import (
	"context"
	"iter"
	"sync"
)

// watch yields what there is, and then what differs from it.
func watch[T any](ctx context.Context, w *wait[T], same func(a, b T) bool) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var shown *T
		for {
			pause, err := w.ask(ctx)
			if is := w.last; err == nil && w.answered && (shown == nil || !same(*shown, is.value)) {
				if !yield(is.value, nil) {
					return
				}
				shown = &is.value
			}
			if err == nil {
				err = w.sleep(ctx, pause)
			}
			if err != nil {
				var none T
				yield(none, w.ended(ctx, err))
				return
			}
		}
	}
}

// SubscriptionRef names a subscription.
type SubscriptionRef struct {
	// CustomerID is the customer's tenant id, SubscriptionID the subscription's; GUIDs.
	CustomerID, SubscriptionID string
}

// StatusResult is how a wait for one of many ended.
type StatusResult struct {
	// Status is the last that the service said; nil when Err is not.
	Status *SubscriptionProvisioningStatus
	// Err is why the wait failed; nil when it ended well.
	Err error
}

// StatusMany waits for the provisioning statuses of many subscriptions at once,
// thousands too, and yields each as soon as it is no longer pending. All of them
// share the budget of Options.WaitRequestsPerMinute. One that fails is yielded
// with its error and ends no other; a loop that ends ends them all.
//
// Tokens, roles and errors are those of the provisioning status's Get.
func (p *Partner) StatusMany(ctx context.Context, refs []SubscriptionRef, opts WaitOptions) iter.Seq2[SubscriptionRef, StatusResult] {
	return func(yield func(SubscriptionRef, StatusResult) bool) {
		ctx, cancel := context.WithCancel(ctx)
		type ended struct {
			ref SubscriptionRef
			StatusResult
		}
		results := make(chan ended, len(refs))
		var waits sync.WaitGroup
		for _, ref := range refs {
			waits.Go(func() {
				status, err := p.Customers.ByID(ref.CustomerID).Subscriptions.ByID(ref.SubscriptionID).ProvisioningStatus.Wait(ctx, opts)
				results <- ended{ref, StatusResult{status, err}}
			})
		}
		defer waits.Wait()
		defer cancel()
		for range refs {
			result := <-results
			if !yield(result.ref, result.StatusResult) {
				return
			}
		}
	}
}
