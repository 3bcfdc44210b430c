// Package crds names the Go packages that define the custom kinds which the platform installs, so that go.mod pins them.
//
// controller-gen makes the CRDs from their sources (sandbox/kube/build.py); nothing in here is ever compiled.
package crds

import (
	_ "github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
	_ "github.com/envoyproxy/gateway/api/v1alpha1"
	_ "github.com/kedacore/keda/v2/apis/keda/v1alpha1"
	_ "sigs.k8s.io/gateway-api/apis/v1"
)
