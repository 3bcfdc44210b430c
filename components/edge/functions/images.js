// Viewer request, images: what the cache knows an image by. Browsers write thousands of different Accept headers and
// pages ask for any width; a cache that kept them apart would never be hit, and anybody could fill it.
// CloudFront Functions, runtime 2.0.
var WIDTHS = [320, 640, 960, 1280, 1920, 2560];
var QUALITY = "75";

function handler(event) {
  var request = event.request;
  var accept = request.headers.accept ? request.headers.accept.value : "";
  var format = accept.indexOf("image/avif") >= 0 ? "avif" : accept.indexOf("image/webp") >= 0 ? "webp" : "jpeg";
  request.headers["x-image-format"] = { value: format };
  var asked = request.querystring.w ? parseInt(request.querystring.w.value, 10) : NaN;
  var fitting = WIDTHS.filter(function (width) {
    return width >= asked;
  });
  request.querystring = {
    w: { value: String(fitting.length ? fitting[0] : WIDTHS[WIDTHS.length - 1]) },
    q: { value: QUALITY },
  };
  return request;
}
