// k6: whether what runs keeps its promise (REQ-N1, REQ-N2, REQ-Q4). ADDRESS is the entrance, TOKEN an access token.
import http from "k6/http";
import { check } from "k6";

// Nobody calls a worker: what is tried is that it runs, behind `kubectl port-forward`. Its promise is its queue's age.
export const options = {
  vus: 1,
  duration: "30s",
  thresholds: { checks: ["rate>=0.999"] },
};

export default function () {
  check(http.get(`${__ENV.ADDRESS}/readyz`), { ready: (r) => r.status === 200 });
}
