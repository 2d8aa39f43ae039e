package reports_test

import (
	"fmt"
	"os"

	"omaspec/reports"
)

// A record is read whole or not at all: Read refuses one that was cut short, edited
// or made by another format.
func ExampleRead() {
	file, err := os.Open("latest/run.json")
	if err != nil {
		fmt.Println("run omaspec first")
		return
	}
	defer func() { _ = file.Close() }()
	run, err := reports.Read(file)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(run.Verdict, run.ExitCode)
	for _, r := range run.Requirements {
		for _, f := range r.Findings {
			fmt.Println(r.ID, f.Where, f.Observed)
		}
	}
}
