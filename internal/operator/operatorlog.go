package operator

import (
	"cmp"
	"math"
	"strconv"

	"provost/internal/pipe"
	"provost/partnercenter"
	"provost/partnercenter/extension"
)

// logPage is how much a page of the log holds unless it is asked otherwise.
const logPage = 100

// listOperatorLog gives what operators did, the latest first.
//
// GET /operator/v1/log
func (c calls) listOperatorLog(r *pipe.Request) (pipe.Reply, error) {
	if err := r.Query.Only("world", "size", "before"); err != nil {
		return pipe.Reply{}, err
	}
	size, err := r.Query.Int("size", maxPage)
	if err != nil {
		return pipe.Reply{}, err
	}
	size = cmp.Or(size, logPage)
	before, err := r.Query.Int("before", math.MaxInt)
	if err != nil {
		return pipe.Reply{}, partnercenter.ErrInput.About("before", "a number of an act, up to "+strconv.Itoa(math.MaxInt))
	}
	acts, err := c.shop.OperatorLog(r.Context(), r.Query["world"], int64(before), size+1)
	if err != nil {
		return pipe.Reply{}, err
	}
	page := extension.OperatorLog{Items: []extension.OperatorAct{}}
	for i, a := range acts {
		if i == size {
			page.Next = acts[i-1].ID
			break
		}
		page.Items = append(page.Items, extension.OperatorAct{
			ID: a.ID, At: partnercenter.At(a.At), By: a.By, What: a.What, World: a.World, Subject: a.Subject, Before: a.Before, After: a.After,
		})
	}
	return pipe.Reply{Body: page}, nil
}
