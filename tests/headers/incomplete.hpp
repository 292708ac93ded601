#pragma once

// Leans on a header that it does not include, for the test of the test.
std::string incomplete();
