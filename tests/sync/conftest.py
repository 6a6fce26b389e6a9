from tests.world import World, make_world, world

__all__ = ["World", "make_world", "world"]
