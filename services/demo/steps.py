"""Steps that more than one scenario takes: signing by both sides, submitting, and accepting what is shown."""

from __future__ import annotations

from services.demo import drafts
from services.demo.checks import DONE, Expected
from services.demo.story import Story


async def terms_signature(story: Story) -> drafts.Body:
    """A signature over the terms as they are shown (R-425)."""
    shown = await story.read("/terms")
    return {"content_sha256": shown["sha256"], "content_version": shown["version"]}


async def sign_both(story: Story) -> None:
    """Both signatories sign the terms; the later signature is T."""
    signature = await terms_signature(story)
    await story.act("chen", "代表乙方签署", "signs for the provider", "signatures", signature)
    await story.act("zhao", "代表甲方签署", "signs for the customer", "signatures", signature)


async def submit(story: Story, item: str, deliverable: str, *, expect: Expected = DONE) -> None:
    """The provider's project manager submits a deliverable."""
    body = drafts.submission(deliverable)
    zh, en = f"提交 {deliverable}", f"submits {deliverable}"
    await story.act("wang", zh, en, f"items/{item}/submissions", body, expect=expect)


async def accept(
    story: Story, who: str, item: str, form: str, zh: str, en: str, *, expect: Expected = DONE, content: str = ""
) -> None:
    """A person accepts, signs or confirms an item, over the content shown or another `content`."""
    shown = (await story.item(item))["content_sha256"]
    body = {"form": form, "content_sha256": content or shown}
    await story.act(who, zh, en, f"items/{item}/acceptances", body, expect=expect)
