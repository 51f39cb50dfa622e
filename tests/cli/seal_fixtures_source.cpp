// The builder of the fixture folders belongs to the tests of sealing/.
#include "tests/sealing/seal_fixtures.cpp"
