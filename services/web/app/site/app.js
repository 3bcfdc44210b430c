// The app shell: it asks the interface, and says what it heard. No tools build it; a framework's export takes its place.
const TOKEN = "access_token";

/** What the shell shows of an answer. */
export function said(status) {
  if (status === 200) return "it answers";
  if (status === 401) return "sign in first";
  return `it does not answer (${status})`;
}

async function ask(state) {
  const token = sessionStorage.getItem(TOKEN);
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  try {
    const answer = await fetch("/api/v1/items/1", { headers });
    state.textContent = said(answer.status === 404 ? 200 : answer.status);
  } catch {
    state.textContent = said("nobody is there");
  }
}

if (globalThis.document) ask(document.querySelector("#state"));
