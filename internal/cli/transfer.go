package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"provost/partnercenter/extension"
)

// The file of a world in parts.
const (
	linesType = "application/x-ndjson"
	// partLines and partBytes are what one request carries.
	partLines, partBytes = 1000, 1 << 20
)

func newWorldExport() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "export [WORLD]",
		Short: "Write a world as lines of JSON",
		Long: "Write everything in a world but keys, tokens and secrets, as it is at this instant:\n" +
			"a line of JSON each. provost world import reads it, on this server or another.\n\n" + FindsOperator,
		Example: strings.Join([]string{
			"provost world export shop --out shop.jsonl",
			"provost world export shop | gzip > shop.jsonl.gz",
		}, "\n"),
		Args: Takes(0, 1, "at most a world"),
	}
	cmd.Flags().String("out", "-", "the file to write; -: the standard output")
	return operatorCommand(cmd, func(cmd *cobra.Command, door *remote, args []string) error {
		path, err := door.worldArgument(cmd, args)
		if err != nil {
			return err
		}
		out, _ := cmd.Flags().GetString("out")
		if out == "-" {
			return door.export(cmd, path, cmd.OutOrStdout())
		}
		part := out + ".part"
		file, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600) // it tells of customers
		if err != nil {
			return fmt.Errorf("write the world: %w", err)
		}
		err = door.export(cmd, path, file)
		if err = errors.Join(err, file.Close()); err != nil {
			_ = os.Remove(part)
			return fmt.Errorf("%w\nnothing was left in %s; run the same command again", err, out)
		}
		return os.Rename(part, out)
	})
}

// export copies a world's lines, and sees that they are all there.
func (r *remote) export(cmd *cobra.Command, world string, into io.Writer) error {
	request, err := http.NewRequestWithContext(cmd.Context(), http.MethodGet, r.base+world+"/export", nil)
	if err != nil {
		return fmt.Errorf("ask %s: %w", r.base, err)
	}
	request.Header.Set("Authorization", "Bearer "+r.bearer)
	patient := *r.http
	patient.Timeout = 0 // a world may be long
	response, err := patient.Do(request)
	if err != nil {
		return r.noDoor(cmd.Context(), err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
		return r.explainOperator(newAnswerError(response, text))
	}
	lines := bufio.NewReaderSize(response.Body, 64<<10)
	bar := newProgress(cmd.ErrOrStderr(), "exported")
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) && len(line) == 0 {
			break
		}
		if err != nil {
			bar.end()
			if cmd.Context().Err() != nil {
				return cmd.Context().Err()
			}
			return fmt.Errorf("the world broke off after %d lines: %w", bar.done, err)
		}
		if bar.done == 0 {
			bar.promise(line)
		}
		if _, err := into.Write(line); err != nil {
			return fmt.Errorf("write the world: %w", err)
		}
		bar.moved(bar.done + 1)
	}
	bar.end()
	return nil
}

func newWorldImport() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Make a world of lines of JSON",
		Long: "Make a world of the lines that provost world export wrote, or that you wrote\n" +
			"(docs/import.md). FILE is - for the standard input. Until its last line the world\n" +
			"answers nothing. When it is cut off, the same command goes on where it was; lines\n" +
			"that do not fit are named, to be mended.\n\n" + FindsOperator,
		Example: strings.Join([]string{
			"provost world import shop.jsonl",
			"# beside the world that it came from",
			"provost world import shop.jsonl --as rehearsal --tenant 1cb000fc-4a11-4fd3-a30d-65e5eccf7d56=5e7c4a0e-0d2b-4c39-8d1f-3f4f6a3f1d10",
			"# give an import up",
			"provost world import --drop rehearsal",
		}, "\n"),
		Args: Takes(0, 1, "a file, or - for the standard input"),
	}
	flags := cmd.Flags()
	flags.String("as", "", "the id that the world is to have (default: that of the file)")
	flags.StringArray("tenant", nil, "a tenant in the place of one in the file, OLD=NEW; may be repeated")
	flags.String("drop", "", "remove a world whose import is under way")
	return operatorCommand(cmd, func(cmd *cobra.Command, door *remote, args []string) error {
		if drop, _ := flags.GetString("drop"); drop != "" {
			if len(args) > 0 {
				return misuse("--drop takes no file: it removes what was imported of %s", drop)
			}
			if err := door.ask(cmd.Context(), http.MethodDelete, extension.ImportPath, url.Values{"world": {drop}}, nil, nil); err != nil {
				return err
			}
			return say(cmd, "What was imported of world %s is gone.", drop)
		}
		if len(args) == 0 {
			return misuse("name the file with the world's lines, or - for the standard input")
		}
		file := cmd.InOrStdin()
		if args[0] != "-" {
			opened, err := os.Open(args[0])
			if err != nil {
				return misuse("read the world: %w", err)
			}
			defer opened.Close()
			file = opened
		}
		i := &importing{door: door, bar: newProgress(cmd.ErrOrStderr(), "imported")}
		i.as, _ = flags.GetString("as")
		tenants, _ := flags.GetStringArray("tenant")
		for _, pair := range tenants {
			if !strings.Contains(pair, "=") || strings.Contains(pair, ",") {
				return misuse("--tenant is OLD=NEW, once for each tenant; %q is not", pair)
			}
		}
		i.tenants = strings.Join(tenants, ",")
		err := i.run(cmd.Context(), bufio.NewReaderSize(file, 64<<10))
		i.bar.end()
		if err != nil {
			return i.howToGoOn(cmd.Context(), err)
		}
		return show(cmd, i.state, func(table io.Writer) {
			row(table, "World", i.state.World)
			row(table, "Lines", strconv.FormatInt(i.state.Line, 10))
			for _, kind := range []string{"customer", "order", "subscription"} {
				row(table, strings.ToUpper(kind[:1])+kind[1:]+"s", strconv.FormatInt(i.state.Rows[kind], 10))
			}
		})
	})
}

// importing sends a file in parts.
type importing struct {
	door        *remote
	bar         *progress
	as, tenants string
	state       extension.WorldImport
}

func (i *importing) run(ctx context.Context, file *bufio.Reader) error {
	line, digest := int64(1), ""
	for {
		part, count, end, err := readPart(file)
		if err != nil {
			return fmt.Errorf("read the world: %w", err)
		}
		if line == 1 {
			i.bar.promise(part)
		}
		query := url.Values{"line": {strconv.FormatInt(line, 10)}, "more": {strconv.FormatBool(!end)}}
		for name, value := range map[string]string{"digest": digest, "world": i.state.World} {
			if value != "" {
				query.Set(name, value)
			}
		}
		if line == 1 {
			query.Set("as", i.as)
			query.Set("tenant", i.tenants)
		}
		if err := i.door.sendPart(ctx, query, part, &i.state); err != nil {
			return err
		}
		for text := range bytes.Lines(part) {
			digest = extension.NextDigest(digest, text)
		}
		line += count
		i.bar.moved(max(line-1, i.state.Line))
		if end {
			return nil
		}
	}
}

// readPart reads the next lines of a file, whole ones.
func readPart(file *bufio.Reader) (part []byte, count int64, end bool, err error) {
	for count < partLines && len(part) < partBytes {
		text, err := file.ReadBytes('\n')
		if len(text) > 0 {
			part = append(part, text...)
			count++
		}
		if errors.Is(err, io.EOF) {
			return part, count, true, nil
		}
		if err != nil {
			return nil, 0, false, err
		}
	}
	_, err = file.Peek(1)
	return part, count, errors.Is(err, io.EOF), nil
}

// sendPart sends lines, and reads how far they came.
func (r *remote) sendPart(ctx context.Context, query url.Values, part []byte, into *extension.WorldImport) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.base+extension.ImportPath+"?"+query.Encode(), bytes.NewReader(part))
	if err != nil {
		return fmt.Errorf("ask %s: %w", r.base, err)
	}
	request.Header.Set("Authorization", "Bearer "+r.bearer)
	request.Header.Set("Content-Type", linesType)
	response, err := r.http.Do(request)
	if err != nil {
		return r.noDoor(ctx, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	switch {
	case err != nil:
		return fmt.Errorf("read the answer of %s: %w", r.base, err)
	case response.StatusCode != http.StatusOK:
		return r.explainOperator(newAnswerError(response, text))
	}
	*into = extension.WorldImport{}
	return json.Unmarshal(text, into)
}

// howToGoOn says of an import that has begun how it goes on.
func (i *importing) howToGoOn(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		err = errors.New("stopped")
	}
	if i.state.World == "" {
		return err
	}
	return fmt.Errorf("%w\nworld %s is there up to line %d, and answers nothing until it is whole: run the same command to go on, "+
		"or give it up with: provost world import --drop %s", err, i.state.World, i.state.Line, i.state.World)
}
