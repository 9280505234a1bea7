"""The page on changing hardware, followed to the letter in a folder of its own."""

import os

import pages
from support import HoldfastTest, main


class Page(HoldfastTest):
    def here(self, text):
        """The page's places as places in this test's folder."""
        for place, own in (("/tmp/server", str(self.folder / "server")), ("build/bin/holdfast", os.environ["HOLDFAST_BIN"]),
                           ("build/release/faults", os.environ["HOLDFAST_FAULTS"])):
            text = text.replace(place, own)
        return text

    def test_every_step_prints_what_the_page_shows(self):
        pages.judge(self, pages.load("hardware-change.md"), self.env, self.here)


if __name__ == "__main__":
    main()
