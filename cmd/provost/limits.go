package main

import (
	"github.com/spf13/cobra"

	"provost/internal/server"
)

func addLimitFlags(cmd *cobra.Command) {
	flags, ordinary := cmd.Flags(), server.DefaultLimits()
	flags.Duration("header-timeout", ordinary.HeaderTime, "how long the headers of a request, or a TLS handshake, may take")
	flags.Duration("body-timeout", ordinary.BodyTime, "how long the body of a request may take")
	flags.Duration("request-timeout", ordinary.RequestTime, "how long a request may take until its answer begins; then it is a 503")
	flags.Duration("answer-timeout", ordinary.AnswerTime, "how long an answer may take beyond that to be read")
	flags.Duration("idle-timeout", ordinary.IdleTime, "how long a connection may wait for its next request")
	flags.Int("max-connections", 0, "how many connections a listener holds (default 16384, or three quarters of the files that may be open)")
	flags.Int("max-requests", ordinary.Requests, "how many requests of the API are under way at once; half of them may be one tenant's, and three quarters reads")
}

func limits(cmd *cobra.Command) (l server.Limits) {
	flags := cmd.Flags()
	l.HeaderTime, _ = flags.GetDuration("header-timeout")
	l.BodyTime, _ = flags.GetDuration("body-timeout")
	l.RequestTime, _ = flags.GetDuration("request-timeout")
	l.AnswerTime, _ = flags.GetDuration("answer-timeout")
	l.IdleTime, _ = flags.GetDuration("idle-timeout")
	l.Connections, _ = flags.GetInt("max-connections")
	l.Requests, _ = flags.GetInt("max-requests")
	return l
}
