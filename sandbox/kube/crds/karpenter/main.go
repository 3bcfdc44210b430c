// Writes the CRDs that Karpenter's API package carries into the folder named. Its CRDs are more than its sources say:
// scripts of that project add rules, which a controller-gen run over the sources would miss.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/aws/karpenter-provider-aws/pkg/apis"
	"sigs.k8s.io/yaml"
)

func main() {
	for _, crd := range apis.CRDs {
		text, err := yaml.Marshal(crd)
		if err == nil {
			err = os.WriteFile(filepath.Join(os.Args[1], crd.Name+".yaml"), text, 0o644)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}
