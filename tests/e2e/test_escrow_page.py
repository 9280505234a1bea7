"""The page on escrow, followed to the letter in a folder of its own."""

import os

import pages
from support import HoldfastTest, main


class Page(HoldfastTest):
    def here(self, text):
        """The page's places as places in this test's folder."""
        return text.replace("/tmp/escrow", str(self.folder / "escrow")).replace("$PWD/build/bin/holdfast", os.environ["HOLDFAST_BIN"])

    def test_every_step_prints_what_the_page_shows(self):
        pages.judge(self, pages.load("escrow.md"), self.env, self.here)


if __name__ == "__main__":
    main()
