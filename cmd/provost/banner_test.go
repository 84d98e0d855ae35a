package main

import "testing"

func TestProgramOfTheGoToolIsTold(t *testing.T) {
	for program, want := range map[string]bool{
		"/var/tmp/go-build321378198/b001/exe/provost":                                                       true,
		"/var/cache/go-build/e1/e175a7c40732be4d0f047f220446984b526a1b6bceaf5f1ce44f4033ba174115-d/provost": true,
		"/var/cache/mine/e1/e175a7c40732be4d0f047f220446984b526a1b6bceaf5f1ce44f4033ba174115-d/provost":     true,
		"/usr/local/bin/provost":         false,
		"/opt/go-builder/provost":        false,
		"/srv/provost-go-build1/provost": false,
	} {
		if got := builtForOneRun(program); got != want {
			t.Errorf("%s was built for one run: %v, want %v", program, got, want)
		}
	}
}
