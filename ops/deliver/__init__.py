"""Takes a stage of a real account from plan to deployed, as CI does and as a person may by hand (REQ-Q3).

`plan` previews and keeps the engine's plan; `apply` brings up that plan and nothing else; `drift` compares and writes
nothing. The engine is the `pulumi` on PATH, logged in wherever PULUMI_BACKEND_URL says.
"""
