// Viewer request, front end: which file of a static Next.js export answers a path.
// CloudFront Functions, runtime 2.0. "DOMAIN" is put in when the platform is built.
var DOMAIN = "__DOMAIN__";

function handler(event) {
  var request = event.request;
  if (request.headers.host.value !== DOMAIN) {
    return redirect("https://" + DOMAIN + request.uri + asText(request.querystring));
  }
  var uri = request.uri;
  if (uri === "/app" || uri.startsWith("/app/")) {
    // The app shell: what stands below is the browser's to route, and reloads well.
    request.uri = "/app.html";
  } else if (uri.endsWith("/")) {
    request.uri = uri + "index.html";
  } else if (!uri.startsWith("/.well-known/") && uri.lastIndexOf(".") < uri.lastIndexOf("/")) {
    // Others have named what is well known, some of it without an ending.
    request.uri = uri + ".html";
  }
  return request;
}

function redirect(to) {
  return {
    statusCode: 301,
    statusDescription: "Moved Permanently",
    headers: { location: { value: to } },
  };
}

function asText(querystring) {
  var pairs = [];
  Object.keys(querystring).forEach(function (name) {
    var all = querystring[name].multiValue || [querystring[name]];
    all.forEach(function (one) {
      pairs.push(one.value === "" ? name : name + "=" + one.value);
    });
  });
  return pairs.length ? "?" + pairs.join("&") : "";
}
