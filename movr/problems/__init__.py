"""Problems of vehicles: riders report them, owners and operators resolve them."""
