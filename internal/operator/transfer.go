package operator

import (
	"io"
	"math"
	"net/http"
	"strings"

	"provost/internal/commerce"
	"provost/internal/pipe"
	"provost/partnercenter"
	"provost/partnercenter/extension"
)

// exportWorld writes a world as lines of JSON.
//
// GET /operator/v1/worlds/{world}/export
func (c calls) exportWorld(r *pipe.Request) (pipe.Reply, error) {
	if err := r.Query.Only(); err != nil {
		return pipe.Reply{}, err
	}
	return pipe.Reply{Stream: func(into io.Writer) error {
		return c.shop.ExportWorld(r.Context(), r.Operator, r.PathValue("world"), into)
	}}, nil
}

// importWorld reads lines of JSON into a new world, or goes on with one.
//
// POST /operator/v1/worlds/import
func (c calls) importWorld(r *pipe.Request) (pipe.Reply, error) {
	if err := r.Query.Only("world", "as", "tenant", "line", "digest", "more"); err != nil {
		return pipe.Reply{}, err
	}
	line, err := r.Query.Int("line", math.MaxInt)
	if err != nil {
		return pipe.Reply{}, err
	}
	from := commerce.WorldSource{
		World: r.Query["world"], As: r.Query["as"], Tenants: map[string]string{}, Line: int64(line), Digest: r.Query["digest"], More: r.Query["more"] == "true",
	}
	if more := r.Query["more"]; more != "" && more != "true" && more != "false" {
		return pipe.Reply{}, partnercenter.ErrInput.About("more", "true", "false")
	}
	for pair := range strings.SplitSeq(r.Query["tenant"], ",") {
		if old, new, _ := strings.Cut(pair, "="); pair != "" {
			from.Tenants[old] = new
		}
	}
	if c.commands.Tokens {
		if from.SecretHash, err = demoSecret(); err != nil {
			return pipe.Reply{}, err
		}
	}
	body := r.Body
	if body == nil {
		body = http.NoBody
	}
	progress, err := c.shop.ImportWorld(r.Context(), r.Operator, from, body)
	return pipe.Reply{Body: extension.WorldImport{
		World: progress.World, Line: progress.Line, Digest: progress.Digest, Rows: progress.Entered, Of: progress.Promised, Done: progress.Done,
	}}, err
}

// dropImport removes a world whose import is under way.
//
// DELETE /operator/v1/worlds/import
func (c calls) dropImport(r *pipe.Request) (pipe.Reply, error) {
	if err := r.Query.Only("world"); err != nil {
		return pipe.Reply{}, err
	}
	return pipe.Reply{Status: http.StatusNoContent}, c.shop.DropImport(r.Context(), r.Operator, r.Query["world"])
}
