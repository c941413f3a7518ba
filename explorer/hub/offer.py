"""What the hub says of a model before anything is downloaded: which files the explorer would take, and their bytes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from explorer.hub.formats import BESIDE, choose_weights, convert_hub_command, why_no_weights
from explorer.hub.library import hub
from explorer.hub.names import HubName
from explorer.hub.settings import max_download_bytes
from explorer.hub.sizes import shown_bytes
from explorer.model.catalogue import CONFIG_FILE, CheckpointError

PATIENCE = 10  # seconds for the hub's first answer


class HubUnreachable(CheckpointError):
    """The hub does not answer: no network, or the hub is down."""


@dataclass(frozen=True)
class Offer:
    """One revision of a model as it can be downloaded."""

    hub_name: HubName
    commit: str  # 40 hexadecimal digits; the revision's state at the time of asking
    files: dict[str, int]  # in the order of their download, the weights last, with their bytes

    @property
    def nbytes(self) -> int:
        """Bytes of all files together."""
        return sum(self.files.values())


def look_up(name: HubName, endpoint: str | None = None) -> Offer:
    """Ask the hub for a model's files.

    Raises
    ------
    HubUnreachable
        If it does not answer.
    CheckpointError
        One sentence: there is no such model or revision, access has to be asked for, it has no safetensors (with the
        command that converts what it has), or it is larger than the explorer may download.
    """
    with hub_errors(name):
        api = hub().HfApi(endpoint=endpoint)
        try:
            info = api.model_info(name.name, revision=name.revision, files_metadata=True, timeout=PATIENCE)
            sizes = {file.rfilename: file.size for file in info.siblings or []}
            commit, config = str(info.sha), info.config
        except (KeyError, TypeError, AttributeError, ValueError):  # not the JSON that a hub sends
            raise HubUnreachable(
                "What answered is not the Hugging Face hub: check the network or HF_ENDPOINT."
            ) from None
    return _offer(name, commit, sizes, config)


def _offer(name: HubName, commit: str, sizes: dict[str, int | None], config: Any) -> Offer:
    weights = choose_weights(sizes)
    if not weights:
        command = convert_hub_command(name.name, config if isinstance(config, dict) else None)
        raise CheckpointError(why_no_weights(sizes, str(name), command, "in your folder of models"))
    if CONFIG_FILE not in sizes:
        raise CheckpointError(f"{name} has no {CONFIG_FILE}, so nobody can tell what kind of model it is.")
    files = {file: sizes[file] for file in [*(file for file in BESIDE if file in sizes), *weights]}
    if not all(isinstance(size, int) and size >= 0 for size in files.values()):
        raise CheckpointError(f"The hub does not say how large the files of {name} are, so it is not downloaded.")
    offer = Offer(name, commit, files)
    if offer.nbytes > max_download_bytes():
        raise CheckpointError(
            f"{name} has {shown_bytes(offer.nbytes)}, and at most {shown_bytes(max_download_bytes())} may be "
            "downloaded here: choose a smaller model, or set EXPLORER_MAX_DOWNLOAD."
        )
    return offer


@contextmanager
def hub_errors(name: HubName) -> Iterator[None]:
    """Turn what the library raises into the explorer's one sentence."""
    errors = hub().errors
    try:
        yield
    except CheckpointError:
        raise
    except errors.GatedRepoError:
        raise CheckpointError(
            f"{name} is given only to those who accept its terms: do so at huggingface.co/{name.name}, "
            "and run `hf auth login` on the computer that runs the explorer."
        ) from None
    except errors.RevisionNotFoundError:
        raise CheckpointError(f"{name.name} has no branch, tag or commit {name.revision} on the hub.") from None
    except errors.LocalEntryNotFoundError as error:  # neither there nor here; its cause says why not there
        status = getattr(getattr(error.__cause__, "response", None), "status_code", None)
        raise (_answered(name, status) if status else HubUnreachable(_unreachable(name))) from None
    except errors.RepositoryNotFoundError:
        raise CheckpointError(f"There is no model {name.name} on the Hugging Face hub, or it is private.") from None
    except errors.HfHubHTTPError as error:
        raise _answered(name, error.response.status_code) from None
    except (errors.HTTPError, ConnectionError, TimeoutError):  # errors.HTTPError: every failure of the connection
        raise HubUnreachable(_unreachable(name)) from None
    except OSError as error:
        why = error.strerror or "what arrived is not what the hub announced; try again"
        raise CheckpointError(f"The download of {name} failed: {why}.") from None


def _answered(name: HubName, status: int) -> CheckpointError:
    if status in (401, 403):
        return CheckpointError(
            f"The hub refuses {name}: run `hf auth login` on the computer that runs the explorer, "
            "with an account that may read it."
        )
    if status == 429 or status >= 500:
        return HubUnreachable(f"The Hugging Face hub cannot answer now (HTTP status {status}): try again in a minute.")
    return CheckpointError(f"The hub refuses {name} (HTTP status {status}).")


def _unreachable(name: HubName) -> str:
    return (
        f"The Hugging Face hub cannot be reached, and {name} is not on this computer yet: connect to the internet, "
        "or open a model from a folder."
    )
