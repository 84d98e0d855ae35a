package cli

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"testing"

	"provost/partnercenter/extension"
)

// answering is a door that answers each query with a value.
func answering(t *testing.T, answer func(url.Values) any) *remote {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = json.NewEncoder(w).Encode(answer(r.URL.Query()))
	}))
	t.Cleanup(server.Close)
	return &remote{base: server.URL, http: server.Client()}
}

func TestListsAreFollowedToTheirEnd(t *testing.T) {
	type page struct {
		Items []int  `json:"items"`
		Next  string `json:"next,omitempty"`
	}
	pages := map[string]page{"": {[]int{1, 2}, "2"}, "2": {[]int{3, 4}, "4"}, "4": {Items: []int{5}}}
	door := answering(t, func(query url.Values) any {
		if query.Get("role") != "x" {
			t.Errorf("a page is asked for by %v: the filter is gone", query)
		}
		return pages[query.Get("after")]
	})
	asked := url.Values{"role": {"x"}}
	all, err := listed[int](t.Context(), door, "/list", asked)
	if err != nil || !slices.Equal(all, []int{1, 2, 3, 4, 5}) {
		t.Errorf("listed %v (%v)", all, err)
	}
	if asked.Has("after") {
		t.Error("the caller's query was changed")
	}
}

func TestLogIsFollowedAsFarAsAskedFor(t *testing.T) {
	const acts, pageLength = 5, 2
	door := answering(t, func(query url.Values) any {
		from := int64(acts)
		if before, err := strconv.ParseInt(query.Get("before"), 10, 64); err == nil {
			from = before - 1
		}
		size, _ := strconv.Atoi(query.Get("size"))
		var page extension.OperatorLog
		for id := from; id > 0 && len(page.Items) < min(size, pageLength); id-- {
			page.Items = append(page.Items, extension.OperatorAct{ID: id})
			if page.Next = id; id == 1 {
				page.Next = 0
			}
		}
		return page
	})
	for _, c := range []struct {
		size   int
		before int64
		want   []int64
		next   int64
	}{
		{0, 0, []int64{5, 4, 3, 2, 1}, 0},
		{1, 0, []int64{5}, 5},
		{3, 0, []int64{5, 4, 3}, 3},
		{9, 0, []int64{5, 4, 3, 2, 1}, 0},
		{2, 4, []int64{3, 2}, 2},
	} {
		log, err := door.log(t.Context(), url.Values{}, c.size, c.before)
		var ids []int64
		for _, a := range log.Items {
			ids = append(ids, a.ID)
		}
		if err != nil || !slices.Equal(ids, c.want) || log.Next != c.next {
			t.Errorf("of %d acts before %d came %v, then %d (%v); want %v, then %d", c.size, c.before, ids, log.Next, err, c.want, c.next)
		}
	}
}
