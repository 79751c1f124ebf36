def test_every_message_to_a_client_is_one_of_its_version(version, to_clients, assert_conforms):
    """A client's own dictionary accepts each message we send: fields, required ones, codes."""
    for message in to_clients:
        assert_conforms(version, message)


def test_every_message_to_a_venue_is_one_of_its_version(version, to_venues, assert_conforms):
    """A venue's own dictionary accepts each message we send: fields, required ones, codes."""
    for message in to_venues:
        assert_conforms(version, message)
