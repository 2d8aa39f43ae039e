package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"omaspec/schemas"
)

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the versions of omaspec, the catalogue and the page",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c := schemas.Requirements()
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "omaspec %s (%s)\ncatalogue %s, %d requirements\npage %q of %s\n",
				version, runtime.Version(), c.Version, len(c.Requirements), schemas.PageTitle, schemas.PagePublished)
			return err
		},
	}
}
