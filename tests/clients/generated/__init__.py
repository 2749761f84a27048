"""Programs that work with clients which generators make of the API's document.

Each is called with a task, an address, a key, a folder and a name for what it makes. The task `move` uploads the
folder's `sent.zip`, exports, waits, downloads the archive as `received.zip` and imports it; the task `cancel` cancels
an export. Both print what the answers said, as JSON.
"""
