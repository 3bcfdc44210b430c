"""What is said to whoever connects: how to use it, who may, for how long, and where it is recorded. Pure."""

from ops.connect.finding import Way


def usage(way: Way, *, port: int, user: str) -> list[str]:
    """Commands for another terminal."""
    region = way.scope.region
    if way.destination == "aurora":
        bundle = "global-bundle.pem"  # the cluster's certificate is of RDS's own authority, which no system knows
        fetch = f"curl -O https://truststore.pki.rds.amazonaws.com/global/{bundle}"
        ask = f"aws rds generate-db-auth-token --hostname {way.host} --port 3306 --region {region} --username {user}"
        log_in = (
            f'mysql --host 127.0.0.1 --port {port} --user {user} --password="$TOKEN" --enable-cleartext-plugin '
            f"--ssl-mode VERIFY_CA --ssl-ca {bundle}"
        )
        return [fetch, f"TOKEN=$({ask})", log_in]
    if way.destination == "redis":
        name = way.contract["cache_user"]
        ask = f".venv/bin/python -m ops.connect token --stage {way.scope.stage} --region {region}"
        return [
            f"export REDISCLI_AUTH=$({ask})",
            f"redis-cli -h 127.0.0.1 -p {port} --tls --sni {way.host} --user {name}",
        ]
    name = way.contract["cluster_name"]
    return [
        f"aws eks update-kubeconfig --name {name} --region {region} --alias {name}",
        f"kubectl --context {name} --server https://127.0.0.1:{port} --tls-server-name {way.host} get pods -A",
    ]


NOTES = {
    "aurora": "Your role needs rds-db:connect for the user, and the user must exist; a token is good for 15 minutes.",
    "redis": "Your role needs elasticache:Connect. One connection reaches one shard: a key of another is MOVED.",
    "cluster": "The API knows your role by its access entry; without one it says Unauthorized.",
}


def terms(way: Way, *, minutes: int) -> list[tuple[str, str]]:
    """Who, through what, for how long, and where that is written down."""
    return [
        ("who", way.caller),
        ("from", "127.0.0.1 of this machine"),
        ("through", f"{way.relay}, by the document {way.document}"),
        ("to", way.host),
        ("for", f"{minutes} minutes at most; Session Manager ends what is idle sooner"),
        ("recorded", "in CloudTrail, as StartSession: who, when, by which document; nothing of what is sent"),
        ("who may", "roles with the stage's policy platform (all) or developer (aurora, redis)"),
    ]
